use pulp::{Simd, WithSimd};

use super::super::architecture::Activation;
use super::functions::activate;
use super::panels::{Panels, VECTORS};
use super::vector::{load, store};

/// A matrix product. Each output is computed in registers and stored once.
pub(super) struct Product<'a> {
    pub(super) left: Lhs<'a>,
    pub(super) right: &'a Panels,
    pub(super) output: &'a mut [f32],
    /// The distance between the starts of two rows of the output, in values.
    pub(super) stride: usize,
    pub(super) epilogue: Epilogue<'a>,
}

/// The left side of a product.
#[derive(Clone, Copy)]
pub(super) struct Lhs<'a> {
    pub(super) values: &'a [f32],
    /// The distance between the starts of two rows, in values.
    pub(super) stride: usize,
    pub(super) rows: usize,
}

/// The last step of a product, which is applied to the sums before they are stored.
#[derive(Clone, Copy)]
pub(super) enum Epilogue<'a> {
    Store,
    /// Multiplies each row by a factor.
    Scale(&'a [f32]),
    /// Adds a bias to each row.
    Bias(&'a [f32]),
    /// Adds a bias to each row, and applies the activation function.
    Activate(&'a [f32], Activation),
    /// Adds a bias to each row, and then adds a matrix with the shape of the output.
    Residual(&'a [f32], &'a [f32]),
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let depth = self.right.rows().max(1);
        let (vectors, _) = S::as_simd_f32s(self.right.values());
        for (number, panel) in vectors.chunks(VECTORS * depth).enumerate() {
            let column = number * VECTORS * S::F32_LANES;
            match panel.len() / depth {
                1 => self.panel::<S, 1>(simd, panel, column),
                2 => self.panel::<S, 2>(simd, panel, column),
                _ => self.panel::<S, VECTORS>(simd, panel, column),
            }
        }
    }
}

impl Product<'_> {
    /// Computes the columns of a panel, for all rows.
    #[inline(always)]
    fn panel<S: Simd, const N: usize>(&mut self, simd: S, panel: &[S::f32s], column: usize) {
        let (panel, _) = panel.as_chunks::<N>();
        let mut row = 0;
        // The sums must fit into the registers.
        if S::REGISTER_COUNT >= 32 {
            while row + 4 < self.left.rows {
                self.tile::<S, 8, N>(simd, panel, row, column);
                row += 8;
            }
        }
        while row + 2 < self.left.rows {
            self.tile::<S, 4, N>(simd, panel, row, column);
            row += 4;
        }
        while row < self.left.rows {
            self.tile::<S, 2, N>(simd, panel, row, column);
            row += 2;
        }
    }

    /// Computes the columns of a panel for `M` rows. Some of the last rows may be missing.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "loops over constant ranges are unrolled into registers")]
    fn tile<S: Simd, const M: usize, const N: usize>(
        &mut self,
        simd: S,
        panel: &[[S::f32s; N]],
        row: usize,
        column: usize,
    ) {
        let Lhs { values, stride, rows } = self.left;
        let depth = panel.len();
        // The last row takes the place of the missing ones, whose sums are not stored.
        let mut left = [&values[..0]; M];
        for at in 0..M {
            left[at] = &values[(row + at).min(rows - 1) * stride..][..depth];
        }
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        for k in 0..depth {
            let right = panel[k];
            for at in 0..M {
                let factor = simd.splat_f32s(left[at][k]);
                for vector in 0..N {
                    sums[at][vector] = simd.mul_add_e_f32s(factor, right[vector], sums[at][vector]);
                }
            }
        }
        // The loop below is not unrolled, so it reads the sums from memory. If it read `sums`, they would not be kept in
        // registers above.
        let mut tile = [[simd.splat_f32s(0.0); N]; M];
        for at in 0..M {
            for vector in 0..N {
                tile[at][vector] = sums[at][vector];
            }
        }
        for at in 0..M.min(rows - row) {
            for vector in 0..N {
                self.finish(simd, tile[at][vector], row + at, column + vector * S::F32_LANES);
            }
        }
    }

    /// Applies the last step to a vector of sums, and stores it. The last columns may be missing.
    #[inline(always)]
    fn finish<S: Simd>(&mut self, simd: S, sums: S::f32s, row: usize, column: usize) {
        let columns = column..self.right.columns().min(column + S::F32_LANES);
        let start = row * self.stride;
        let target = start + columns.start..start + columns.end;
        let value = match self.epilogue {
            Epilogue::Store => sums,
            Epilogue::Scale(factors) => simd.mul_f32s(sums, simd.splat_f32s(factors[row])),
            Epilogue::Bias(bias) => simd.add_f32s(sums, load(simd, &bias[columns])),
            Epilogue::Activate(bias, activation) => {
                activate(simd, activation, simd.add_f32s(sums, load(simd, &bias[columns])))
            }
            Epilogue::Residual(bias, residual) => {
                let biased = simd.add_f32s(sums, load(simd, &bias[columns]));
                simd.add_f32s(biased, load(simd, &residual[target.clone()]))
            }
        };
        store(simd, &mut self.output[target], value);
    }
}
