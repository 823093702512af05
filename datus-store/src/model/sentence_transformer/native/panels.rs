use super::aligned::Aligned;

/// The number of vectors in a row of a panel. With eight rows of the left side, the sums of a product take 24 of the 32
/// registers of AVX-512 and of ARM. With four rows, they take 12 of the 16 registers of AVX2.
pub(super) const VECTORS: usize = 3;

/// The right side of a matrix product, in the order in which the product reads it. A panel contains some columns of all
/// rows: three vectors of each row, or fewer in the last panel. Missing columns are zeros.
#[derive(Debug, Default)]
pub(super) struct Panels {
    values: Aligned,
    rows: usize,
    columns: usize,
    /// The number of values in a SIMD vector of this CPU.
    lanes: usize,
}

impl Panels {
    /// Packs the weights of a linear layer, which are stored with a row for each column of the matrix.
    pub(super) fn of_weights(weights: &[f32], rows: usize, columns: usize, lanes: usize) -> Self {
        let mut panels = Self::default();
        panels.pack_transposed(weights, rows, rows, columns, lanes);
        panels
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn values(&self) -> &[f32] {
        self.values.values()
    }

    /// Packs the transpose of a matrix that has `columns` rows, which start `stride` values apart.
    pub(super) fn pack_transposed(
        &mut self,
        source: &[f32],
        stride: usize,
        rows: usize,
        columns: usize,
        lanes: usize,
    ) {
        self.resize(rows, columns, lanes);
        for (first, width, panel) in self.panels_mut() {
            for lane in 0..width.min(columns - first) {
                let column = &source[(first + lane) * stride..][..rows];
                for (row, value) in panel.chunks_exact_mut(width).zip(column) {
                    row[lane] = *value;
                }
            }
        }
    }

    /// Packs a matrix whose rows start `stride` values apart.
    pub(super) fn pack(&mut self, source: &[f32], stride: usize, rows: usize, columns: usize, lanes: usize) {
        self.resize(rows, columns, lanes);
        for (first, width, panel) in self.panels_mut() {
            let used = width.min(columns - first);
            for (row, values) in panel.chunks_exact_mut(width).zip(source.chunks(stride)) {
                row[..used].copy_from_slice(&values[first..][..used]);
            }
        }
    }

    fn resize(&mut self, rows: usize, columns: usize, lanes: usize) {
        if (self.rows, self.columns, self.lanes) != (rows, columns, lanes) {
            self.values.reset(rows * columns.next_multiple_of(lanes));
            (self.rows, self.columns, self.lanes) = (rows, columns, lanes);
        }
    }

    /// Returns the panels, with the first column and the width of each.
    fn panels_mut(&mut self) -> impl Iterator<Item = (usize, usize, &mut [f32])> {
        let (rows, width) = (self.rows.max(1), VECTORS * self.lanes);
        let panels = self.values.values_mut().chunks_mut(rows * width);
        panels.enumerate().map(move |(number, panel)| (number * width, panel.len() / rows, panel))
    }
}
