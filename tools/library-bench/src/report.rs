//! The results, as tables.

use std::fmt::Write as _;

use downbeat_load::figures::Spread;

use crate::results::{Life, Queries, Results, Scan};

/// The bars, and what was measured; then everything in detail.
pub(crate) fn table(r: &Results) -> String {
    let mut out = bars(r);
    let _ = write!(out, "\n## First scans\n\n{}", scans(r));
    for (name, life) in [("while the background is at work", &r.busy), ("when nothing else is to be done", &r.quiet)] {
        let _ = write!(out, "\n## Lists and searches, {name}\n\nMilliseconds; load {:.1}.\n\n", life.load);
        out += &queries(&life.queries);
        if let Some(queue) = &life.queue {
            let _ = write!(out, "\nA queue of {} entries, while it plays on two speakers:\n\n", queue.entries);
            out += &queries(&queue.edits);
        }
    }
    out += "\n## Memory\n\n| until | peak, MiB |\n|---|---|\n";
    for peak in &r.peaks {
        let _ = writeln!(out, "| {} | {:.0} |", peak.until, peak.mb);
    }
    out
}

/// The middle and the worst.
fn of(values: impl IntoIterator<Item = f64>) -> Spread {
    Spread::of(values)
}

fn met(yes: bool) -> &'static str {
    if yes { "yes" } else { "**no**" }
}

fn bars(r: &Results) -> String {
    let mut out = String::from("| bar | measured | met |\n|---|---|---|\n");
    let mut row = |bar: &str, measured: String, yes: bool| {
        let _ = writeln!(out, "| {bar} | {measured} | {} |", met(yes));
    };
    for (cold, state) in [(true, "nothing in memory"), (false, "all files in memory")] {
        let times = |who: &str| of(scans_of(r, who, cold).map(|s| s.seconds));
        let (ours, mpd) = (times("downbeat"), times("mpd"));
        if ours.max > 0.0 && mpd.max > 0.0 {
            row(
                &format!("first scan at least as fast as mpd's, {state}"),
                format!(
                    "{:.1} s median, {:.1} worst; mpd {:.1} / {:.1}: {:.2} of its time",
                    ours.median,
                    ours.max,
                    mpd.median,
                    mpd.max,
                    ours.median / mpd.median
                ),
                ours.median <= mpd.median,
            );
        }
    }
    let both = |of: &dyn Fn(&Life) -> Vec<f64>| Spread::of([of(&r.busy), of(&r.quiet)].concat());
    let seconds = |s: Spread| format!("{:.2} s median, {:.2} worst", s.median, s.max);
    let rescans = both(&|l| l.rescans.clone());
    row("rescan of an unchanged library <= 5 s", seconds(rescans), rescans.max <= 5.0);
    let changed = both(&|l| l.changed.clone());
    row("a changed file visible <= 2 s after it is closed", seconds(changed), changed.max <= 2.0);
    let added = both(&|l| l.added.clone());
    row("(a new file, moved in)", seconds(added), added.max <= 2.0);
    for (name, life) in [("background at work", &r.busy), ("at rest", &r.quiet)] {
        let worst = life.queries.iter().max_by(|a, b| a.ms.p99.total_cmp(&b.ms.p99));
        let requests: usize = life.queries.iter().map(|q| q.requests).sum();
        if let Some(worst) = worst {
            row(
                &format!("search and every list page: p99 <= 15 ms ({name}, {requests} requests)"),
                format!("the worst kind's p99 is {:.1} ms ({})", worst.ms.p99, worst.name),
                worst.ms.p99 <= 15.0,
            );
        }
        let first = life.first_page;
        row(
            &format!("first page of everything <= 50 ms ({name}; up to 1000 items)"),
            format!("{:.1} ms median, {:.1} worst", first.median, first.max),
            first.max <= 50.0,
        );
    }
    let queues = || [&r.busy, &r.quiet].into_iter().filter_map(|l| l.queue.as_ref());
    let adds = of(queues().flat_map(|q| q.add_folder.iter().chain(&q.add_ids).copied()));
    row("a queue of 100,000: add in <= 1 s", seconds(adds), adds.max <= 1.0);
    let edits = || queues().flat_map(|q| &q.edits);
    let (p99, max) = (of(edits().map(|e| e.ms.p99)).max, of(edits().map(|e| e.ms.max)).max);
    let median = of(edits().map(|e| e.ms.median)).max;
    row(
        "... edit in <= 20 ms, while it plays",
        format!("of the slowest kind: {median:.1} ms median, {p99:.1} p99; {max:.1} the longest of all"),
        p99 <= 20.0,
    );
    let longest = queues().map(|q| q.longest_message).max().unwrap_or(0);
    row("... plan messages stay small", format!("the longest is {longest} bytes"), longest <= 32_768);
    let scans = r.scans.iter().filter(|s| s.who == "downbeat").map(|s| s.peak_mb);
    let peak = of(scans.chain(r.peaks.iter().map(|p| p.mb))).max;
    row("peak memory <= 250 MiB", format!("{peak:.0} MiB"), peak <= 250.0);
    for cold in [false, true] {
        let starts = of(r.starts.iter().filter(|s| s.cold == cold).map(|s| s.seconds));
        if starts.max > 0.0 {
            let state = if cold { "nothing of the database in memory" } else { "database in memory" };
            let cpu = of(r.starts.iter().filter(|s| s.cold == cold).map(|s| s.cpu_s)).median;
            row(
                &format!("start to serving <= 2 s, {state}"),
                format!("{}; processor {cpu:.2} s", seconds(starts)),
                starts.max <= 2.0,
            );
        }
    }
    if let Some(w) = &r.while_scanning {
        let (median, p99, max) = (w.ms.median, w.ms.p99, w.ms.max);
        row(
            &format!("(lists and searches during a first scan, {} requests)", w.requests),
            format!(
                "{median:.1} ms median, {p99:.1} p99, {max:.1} worst; what a person sets {:.0} median, {:.0} worst; \
                 the scan took {:.1} s",
                w.writes_ms.median, w.writes_ms.max, w.seconds
            ),
            p99 <= 15.0,
        );
    }
    let b = &r.background;
    let time = |t: Option<f64>| t.map_or("not in the time given".to_owned(), |t| format!("{t:.0} s"));
    let _ = writeln!(
        out,
        "\nAfter the first scan, on what is left of the processor and with all of the above asked meanwhile: \
         all hashes after {}, all pictures after {}, loudness and waveform of all after {}; \
         {:.0} s of processor time in all.",
        time(b.hashed),
        time(b.covers),
        time(b.analysed),
        b.cpu_s
    );
    out
}

fn scans_of<'a>(r: &'a Results, who: &'a str, cold: bool) -> impl Iterator<Item = &'a Scan> {
    r.scans.iter().filter(move |s| s.who == who && s.cold == cold)
}

fn scans(r: &Results) -> String {
    let mut out = String::from(
        "| | run | seconds | processor, s | peak memory, MiB | tracks | load |\n|---|---|---|---|---|---|---|\n",
    );
    for (number, s) in r.scans.iter().enumerate() {
        let state = if s.cold { "cold" } else { "warm" };
        let _ = writeln!(
            out,
            "| {} | {} {state} | {:.1} | {:.1} | {:.0} | {} | {:.1} |",
            s.who,
            number + 1,
            s.seconds,
            s.cpu_s,
            s.peak_mb,
            s.tracks,
            s.load
        );
    }
    out
}

fn queries(queries: &[Queries]) -> String {
    let mut out = String::from("| | requests | median | p99 | longest | processor |\n|---|---|---|---|---|---|\n");
    for q in queries {
        let Spread { median, p99, max } = q.ms;
        let cpu = if q.cpu_ms > 0.0 { format!("{:.1}", q.cpu_ms) } else { String::new() };
        let _ = writeln!(out, "| {} | {} | {median:.1} | {p99:.1} | {max:.1} | {cpu} |", q.name, q.requests);
    }
    out
}
