use candle_core::{CpuStorage, CustomOp1, Layout, Result as CandleResult, Shape, Tensor};

use super::super::architecture::Activation;

/// Applies the activation function to each value.
pub(super) fn activate(activation: Activation, values: &Tensor) -> CandleResult<Tensor> {
    match activation {
        // candle's implementation is slower, because it calls a scalar error function for each value.
        Activation::Gelu if values.device().is_cpu() => values.apply_op1_no_bwd(&FastGelu),
        Activation::Gelu => values.gelu_erf(),
        Activation::GeluTanh => values.gelu(),
        Activation::Relu => values.relu(),
    }
}

struct FastGelu;

impl CustomOp1 for FastGelu {
    fn name(&self) -> &'static str {
        "datus-gelu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> CandleResult<(CpuStorage, Shape)> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            candle_core::bail!("{} needs contiguous 32-bit floats", self.name());
        };
        let output = values[start..end].iter().map(|value| gelu(*value)).collect();
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }
}

/// `x · Φ(x)`, with an error below 10⁻⁶.
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Approximates the error function with `x · P(x²) / Q(x²)`, which is fitted for `|x| ≤ 3.9`. Beyond that, the result is ±1.
/// The function has no branches and no calls, so the compiler can vectorize it.
fn erf(x: f32) -> f32 {
    const P: [f32; 6] = [
        std::f32::consts::FRAC_2_SQRT_PI,
        0.191_941_38,
        0.052_966_97,
        0.003_836_893_5,
        2.874_578_6e-4,
        2.050_387e-6,
    ];
    const Q: [f32; 6] = [1.0, 0.503_435_4, 0.114_758_36, 0.015_109_238, 0.001_181_739_1, 3.823_077_3e-5];
    let x = x.clamp(-3.9, 3.9);
    let square = x * x;
    let horner = |terms: [f32; 6]| terms.into_iter().rev().fold(0.0, |sum, term| sum * square + term);
    x * horner(P) / horner(Q)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_agrees_with_published_tables() {
        let table =
            [(0.0, 0.0), (0.1, 0.112_462_92), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)];
        for (x, expected) in table.into_iter().chain([(3.0, 0.999_977_9), (3.9, 1.0), (50.0, 1.0)]) {
            assert!((erf(x) - expected).abs() < 6e-7, "erf({x}) is {}", erf(x));
            assert_eq!(erf(-x), -erf(x));
        }
    }

    #[test]
    fn gelu_agrees_with_candle() {
        let values: Vec<f32> = (-4000..4000).map(|step| step as f32 / 400.0).collect();
        let tensor = Tensor::new(values, &candle_core::Device::Cpu).unwrap();
        let ours = activate(Activation::Gelu, &tensor).unwrap();
        let difference = (ours - tensor.gelu_erf().unwrap()).unwrap().abs().unwrap().max(0).unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 2e-6);
    }
}
