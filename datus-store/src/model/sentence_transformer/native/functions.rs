//! Element-wise functions on vectors. They have no branches and no calls.

use std::f32::consts;

use pulp::Simd;

use super::super::architecture::Activation;

/// Applies an activation function.
#[inline(always)]
pub(super) fn activate<S: Simd>(simd: S, activation: Activation, x: S::f32s) -> S::f32s {
    match activation {
        Activation::Gelu => gelu(simd, x),
        Activation::GeluTanh => gelu_tanh(simd, x),
        Activation::Relu => simd.max_f32s(x, simd.splat_f32s(0.0)),
    }
}

/// Returns `x · Φ(x)`, with an error below 10⁻⁶. The error function is approximated by `z · P(z²) / Q(z²)`, which is fitted
/// for `|z| ≤ 3.9`. Beyond that, it is ±1.
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const P: [f32; 6] =
        [consts::FRAC_2_SQRT_PI, 0.191_941_38, 0.052_966_97, 0.003_836_893_5, 2.874_578_6e-4, 2.050_387e-6];
    const Q: [f32; 6] = [1.0, 0.503_435_4, 0.114_758_36, 0.015_109_238, 0.001_181_739_1, 3.823_077_3e-5];
    let z = simd.mul_f32s(x, simd.splat_f32s(consts::FRAC_1_SQRT_2));
    let z = simd.max_f32s(simd.min_f32s(z, simd.splat_f32s(3.9)), simd.splat_f32s(-3.9));
    let square = simd.mul_f32s(z, z);
    let (p, q) = (polynomial(simd, square, P), polynomial(simd, square, Q));
    let erf = simd.div_f32s(simd.mul_f32s(z, p), q);
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    simd.mul_add_e_f32s(half, erf, half)
}

/// Returns the tanh approximation of GELU. With `y = √(2/π) · (x + 0.044715 · x³)`, the result is `x / (1 + e⁻²ʸ)`.
#[inline(always)]
fn gelu_tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const FACTOR: f32 = -2.0 * consts::FRAC_2_SQRT_PI * consts::FRAC_1_SQRT_2;
    let one = simd.splat_f32s(1.0);
    let cubic = simd.mul_add_e_f32s(simd.mul_f32s(x, x), simd.splat_f32s(0.044_715), one);
    let y = simd.mul_f32s(simd.mul_f32s(x, simd.splat_f32s(FACTOR)), cubic);
    simd.div_f32s(x, simd.add_f32s(one, exp(simd, y)))
}

/// Returns `eˣ` with a relative error below 10⁻⁶. Inputs are clamped to the range from -87 to 87.
///
/// Let `n` be the integer nearest to `x / ln 2`. The result is 2ⁿ times `eʳ`, where the remainder `r` is between -0.35 and
/// 0.35.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// Adding this constant to a number rounds it to an integer, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// The natural logarithm of 2 in two parts, so that the remainder is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const TAYLOR: [f32; 7] = [1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0];
    let x = simd.max_f32s(simd.min_f32s(x, simd.splat_f32s(87.0)), simd.splat_f32s(-87.0));
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    let rest = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[0]), x);
    let rest = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[1]), rest);
    // The exponent of a float begins at bit 23, and is 127 for 2⁰.
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let power = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    simd.mul_f32s(polynomial(simd, rest, TAYLOR), simd.transmute_f32s_u32s(power))
}

/// Evaluates a polynomial with Horner's method. The coefficients start with the constant.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, terms: [f32; N]) -> S::f32s {
    let mut sum = simd.splat_f32s(terms[N - 1]);
    let mut at = N - 1;
    while at > 0 {
        at -= 1;
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(terms[at]));
    }
    sum
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::super::vector::{load, store};
    use super::*;

    /// A function that is applied to all values.
    struct Map<'a> {
        values: &'a mut [f32],
        function: Function,
    }

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Activation(Activation),
    }

    impl WithSimd for Map<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for chunk in self.values.chunks_mut(S::F32_LANES) {
                let x = load(simd, chunk);
                let y = match self.function {
                    Function::Exp => exp(simd, x),
                    Function::Activation(activation) => activate(simd, activation, x),
                };
                store(simd, chunk, y);
            }
        }
    }

    /// Compares a function with `expected` on the range from -12 to 12, with the instructions of this CPU and with scalar ones.
    fn assert_agrees(function: Function, expected: impl Fn(f64) -> f64, tolerance: impl Fn(f64) -> f64) {
        let inputs: Vec<f32> = (-4801..=4801).map(|step| step as f32 / 400.0).collect();
        for arch in [Arch::new(), Arch::Scalar] {
            let mut values = inputs.clone();
            arch.dispatch(Map { values: &mut values, function });
            for (x, y) in inputs.iter().zip(values) {
                let expected = expected(f64::from(*x));
                assert!((f64::from(y) - expected).abs() < tolerance(expected), "{x}: {y}, not {expected}");
            }
        }
    }

    /// Computes the error function from its Maclaurin series, which converges everywhere.
    fn erf(x: f64) -> f64 {
        if x.abs() > 5.0 {
            return x.signum();
        }
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        assert_agrees(Function::Exp, f64::exp, |expected| 1e-6 * expected);
    }

    #[test]
    fn gelu_agrees_with_its_definition() {
        let gelu = |x: f64| x / 2.0 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2));
        assert_agrees(Function::Activation(Activation::Gelu), gelu, |_| 3e-6);
        let tanh = |x: f64| {
            x / 2.0 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh())
        };
        assert_agrees(Function::Activation(Activation::GeluTanh), tanh, |_| 3e-6);
        assert_agrees(Function::Activation(Activation::Relu), |x| x.max(0.0), |_| 1e-9);
    }
}
