//! Words of speakers about themselves, cut to what their own would say: they are kept for thousands, and handed on.

use downbeat_protocol::{
    agent_message::{Capabilities, ClientError},
    report::{Health, PlanCache},
};

use crate::shortened::{MAX_DETAIL_BYTES, shortened};

/// The most bytes of a word: a code, a version, a format.
const WORD: usize = 64;
/// The most bytes of the name of a sound card.
const NAME: usize = 256;
/// The most formats.
const FORMATS: usize = 64;

/// An error, with a detail of 1 kB at most.
pub(super) fn error(told: &ClientError) -> ClientError {
    let (code, detail) = (shortened(&told.code, WORD), shortened(&told.detail, MAX_DETAIL_BYTES));
    ClientError { code, detail, ..told.clone() }
}

/// The health of its machine.
pub(super) fn health(mut told: Health) -> Health {
    told.version = shortened(&told.version, WORD);
    told.output = shortened(&told.output, NAME);
    told.output_fault = told.output_fault.map(|fault| shortened(&fault, MAX_DETAIL_BYTES));
    if let Some(cache) = &mut told.cache {
        cache.entries.truncate(PlanCache::MOST);
        cache.entries.shrink_to_fit();
    }
    told
}

/// Its capabilities.
pub(super) fn capabilities(told: &Capabilities) -> Capabilities {
    Capabilities {
        formats: told.formats.iter().take(FORMATS).map(|format| shortened(format, WORD)).collect(),
        output: shortened(&told.output, NAME),
        realtime: told.realtime,
        calibration: told.calibration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_stories_are_cut() {
        let long = "ä".repeat(100_000);
        let told = error(&ClientError { code: long.clone(), detail: long.clone(), entry: None });
        assert!(told.code.len() <= WORD && told.detail.len() <= MAX_DETAIL_BYTES);
        let told = health(Health { output: long.clone(), output_fault: Some(long.clone()), ..Health::default() });
        assert!(told.output.len() <= NAME && told.output_fault.is_some_and(|f| f.len() <= MAX_DETAIL_BYTES));
        let told = capabilities(&Capabilities {
            formats: vec![long.clone(); 1_000],
            output: long,
            realtime: true,
            calibration: true,
        });
        assert!(told.formats.len() == FORMATS && told.formats[0].len() <= WORD && told.output.len() <= NAME);
    }
}
