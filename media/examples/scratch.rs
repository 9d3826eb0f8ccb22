use downbeat_media::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let open = || Decoder::open(Box::new(std::io::Cursor::new(std::fs::read(&a[1]).unwrap())), "").unwrap();
    let mut d = open();
    eprintln!("{:?}", d.info());
    let mut all = vec![];
    while let Some(b) = d.next_block().unwrap() {
        all.extend_from_slice(b);
    }
    use std::io::Write;
    let mut f = std::fs::File::create("/tmp/media-dec.f32").unwrap();
    for x in &all {
        f.write_all(&x.to_le_bytes()).unwrap();
    }
    for t in [0u64, 1, 500, 1024, 2048, 5000] {
        let mut d = open();
        d.seek(t).unwrap();
        let mut s = vec![];
        while let Some(b) = d.next_block().unwrap() {
            s.extend_from_slice(b);
            if s.len() > 8000 {
                break;
            }
        }
        let w = &all[2 * t as usize..];
        let firstdiff = s.iter().zip(w).position(|(x, y)| x != y);
        let peak = s.iter().zip(w).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
        eprintln!("seek {t}: first diff sample {firstdiff:?} peak {peak}");
    }
}
