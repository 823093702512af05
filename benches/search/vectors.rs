//! Vectors that lie as those of texts do: in groups of unequal size, on few of their many axes.

use fastrand::Rng;

pub(crate) const DIMENSION: usize = 384;

/// The axes that vectors really differ along.
const LATENT: usize = 48;

/// How many groups there are.
const GROUPS: usize = 2_000;

/// Makes vectors. A vector is the centre of a group, and 0.7 times as much of its own, both Gaussian in 48 dimensions;
/// that is mapped to 384 by one Gaussian matrix, gets a little uniform noise in each, and is scaled to length one. The
/// groups are of unequal size: the number of a group is that of all groups times the square of a uniform number.
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

    /// The vector of a number, the same for each call.
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

/// A number of the normal distribution, by the transformation of Box and Muller.
fn gaussian(random: &mut Rng) -> f32 {
    let radius = (-2.0 * (1.0 - random.f32()).ln()).sqrt();
    radius * (std::f32::consts::TAU * random.f32()).cos()
}
