//! Mutations of a corpus, the same ones from the same seed.

/// SplitMix64: small, and good enough to choose bytes with.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A place in `length` bytes. Half of them are near the beginning: headers are where the harm is.
    fn place(&mut self, length: usize) -> usize {
        let end = if self.below(2) == 0 { length.min(512) } else { length };
        self.below(end)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Bytes that decoders compare with, or count to.
const BYTES: &[u8] = b"\0\x01\x7f\x80\xff\t\n\r \"#%'()*+,-./09:;<=>?@AZ[\\]_az{|}~!";
/// Numbers and texts at the edges of what fits.
const TOKENS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"1e400",
    b"0.1",
    b"0.30000000000000004",
    b"255",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"null",
    b"\\u0000",
    b"\\ud800",
    b"..",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\r\n",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    "\u{130}".as_bytes(),
    "\u{301}".as_bytes(),
    "\u{6771}\u{4eac}".as_bytes(),
    "\u{fdfa}".as_bytes(),
    "\u{1f600}".as_bytes(),
    "\u{df}\u{149}\u{2003}\u{85}".as_bytes(),
];
/// No input is longer, but for those of the corpus.
const MAX_BYTES: usize = 128 * 1024;

/// Makes inputs of a corpus.
pub(crate) struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    random: Random,
    input: Vec<u8>,
}

impl<'a> Mutator<'a> {
    /// Mutations of `corpus`, the same from the same seed.
    pub(crate) fn new(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        Self { corpus, random: Random(seed), input: Vec::new() }
    }

    /// The next input: one of the corpus, changed up to eight times.
    pub(crate) fn next(&mut self) -> &[u8] {
        let chosen = self.random.below(self.corpus.len());
        self.input.clone_from(&self.corpus[chosen]);
        for _ in 0..=self.random.below(8) {
            self.change();
        }
        self.input.truncate(self.corpus[chosen].len().max(MAX_BYTES));
        &self.input
    }

    fn change(&mut self) {
        let Self { corpus, random, input } = self;
        let length = input.len();
        let at = random.place(length + 1);
        let end = (at + 1 + random.below(32)).min(length);
        match random.below(9) {
            // A bit is flipped, or a byte is another.
            0 if at < length => input[at] ^= 1 << random.below(8),
            1 if at < length => input[at] = random.next() as u8,
            2 if at < length => input[at] = random.pick(BYTES),
            // Bytes are put in, left out, or there again and again.
            3 => insert(input, at, random.pick(TOKENS)),
            4 => insert(input, at, &[random.pick(BYTES)]),
            5 if at < end => drop(input.drain(at..end)),
            6 if at < end => {
                let piece = input[at..end].to_vec();
                let times = 1 << random.below(if length < 4_096 { 8 } else { 4 });
                insert(input, at, &piece.repeat(times));
            }
            // It ends early; that seldom, as little is left.
            7 if random.below(3) == 0 => input.truncate(random.place(length + 1)),
            // A piece of another one is put in or laid over.
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.place(other.len() + 1);
                let piece = &other[from..(from + 1 + random.below(64)).min(other.len())];
                if random.below(2) == 0 {
                    insert(input, at, piece);
                } else {
                    let end = (at + piece.len()).min(length);
                    input[at..end].copy_from_slice(&piece[..end - at]);
                }
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
