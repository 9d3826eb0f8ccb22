use downbeat_simulation::*;
fn main() {
    let specs = scenarios::some_speakers(102, 4, network::Network::WIRED);
    let mut world = World::new(102, &specs);
    world.run(2.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, 8000, 6000.0)]);
    for _ in 0..25 {
        let span = world.run(1.0);
        print!("{:5.1}", world.now as f64 * 1e-9);
        for k in 0..4 {
            let now = world.now;
            let r = &world.speakers[k].record;
            let b = r.beliefs.last().map_or(f64::NAN, |b| b.error_us);
            let c = r.card_errors(span.0, span.1);
            let c = c.last().copied().unwrap_or(f64::NAN);
            let dac = r.dac_ppm;
            let rate = world.speakers[k].card.ppm_at(now) - world.speakers[k].local.ppm_at(now);
            let e = world.speakers[k].clock().estimate().unwrap().clone();
            print!(" | clk {b:6.1} sk {:5.2} card {c:7.1} dac {:6.2}", e.skew.0 - (world.coordinator.truth.clock.ppm_at(now) - world.speakers[k].local.ppm_at(now)), dac - rate);
        }
        println!();
    }
}
