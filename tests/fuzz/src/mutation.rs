//! Makes new inputs from those of a corpus, the same way for the same seed: a small stand-in for
//! libFuzzer on stable Rust. It has no coverage to go by, so it leans on a good corpus.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

/// Makes mutants.
#[derive(Debug)]
pub struct Mutator {
    corpus: Vec<Vec<u8>>,
    rng: StdRng,
}

impl Mutator {
    /// Starts from these inputs.
    pub fn new(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        Self {
            corpus,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The next mutant.
    pub fn mutant(&mut self) -> Vec<u8> {
        let mut bytes = self.any_input();
        for _ in 0..self.rng.random_range(1..=8) {
            self.mutate(&mut bytes);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn any_input(&mut self) -> Vec<u8> {
        self.corpus
            .choose(&mut self.rng)
            .cloned()
            .unwrap_or_default()
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.rng.random_range(0..=bytes.len());
        let length = self.rng.random_range(1..=16).min(bytes.len() - at);
        match self.rng.random_range(0..8) {
            0 => bytes.insert(at, self.rng.random()),
            1 => {
                bytes.drain(at..at + length);
            }
            2 => {
                let repeated = bytes[at..at + length].to_vec();
                bytes.splice(at..at, repeated);
            }
            3 => {
                let other = self.any_input();
                let from = self.rng.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            4 => bytes.truncate(at),
            5 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *INTERESTING.choose(&mut self.rng).unwrap_or(&0);
                }
            }
            6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = byte
                        .wrapping_add(self.rng.random_range(1..=4))
                        .wrapping_sub(2);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.rng.random_range(0..8);
                }
            }
        }
    }
}

/// Longer ones find nothing that shorter ones do not, only later.
const LONGEST: usize = 4096;

const INTERESTING: [u8; 8] = [0, 1, 0x0F, 0x10, 0x7F, 0x80, 0xF0, 0xFF];
