//! Generates vectors that are distributed like those of texts: in groups of unequal size, and along only a few of their many
//! axes.

use fastrand::Rng;

pub(crate) const DIMENSION: usize = 384;

/// The number of axes along which the vectors really differ.
const LATENT: usize = 48;

/// The number of groups.
const GROUPS: usize = 2_000;

/// A source of vectors. A vector is the center of a group plus 0.7 times a random vector, both Gaussian in 48 dimensions. A
/// Gaussian matrix maps the sum to 384 dimensions, uniform noise is added to each, and the result is scaled to unit length.
/// The groups are of unequal size: the index of a group is the number of groups times the square of a uniform random number.
pub(crate) struct Vectors {
    axes: Vec<[f32; DIMENSION]>,
    centres: Vec<[f32; LATENT]>,
}

impl Vectors {
    pub(crate) fn new() -> Self {
        let mut random = Rng::with_seed(0);
        let axes = (0..LATENT).map(|_| std::array::from_fn(|_| gaussian(&mut random))).collect();
        let centres = (0..GROUPS).map(|_| std::array::from_fn(|_| gaussian(&mut random))).collect();
        Self { axes, centres }
    }

    /// Returns the vector with this number. Every call returns the same vector.
    pub(crate) fn of(&self, number: u64) -> Vec<f32> {
        let mut random = Rng::with_seed(number.wrapping_add(1));
        let share = random.f64();
        let centre = &self.centres[(share * share * GROUPS as f64) as usize];
        let mut vector: Vec<f32> = (0..DIMENSION).map(|_| random.f32() - 0.5).collect();
        for (axis, place) in self.axes.iter().zip(centre) {
            let place = place + 0.7 * gaussian(&mut random);
            vector.iter_mut().zip(axis).for_each(|(value, along)| *value += place * along);
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
        vector
    }
}

/// Returns a normally distributed number, by the Box-Muller transform.
fn gaussian(random: &mut Rng) -> f32 {
    let radius = (-2.0 * (1.0 - random.f32()).ln()).sqrt();
    radius * (std::f32::consts::TAU * random.f32()).cos()
}
