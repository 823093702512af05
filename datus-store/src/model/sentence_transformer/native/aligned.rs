/// Values that start at the boundary of a cache line, so that no vector of a panel spans two lines.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    values: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    const LINE: usize = 64;
    const VALUES: usize = Self::LINE / size_of::<f32>();

    /// Changes the number of values. All of them are zero afterwards.
    pub(super) fn reset(&mut self, length: usize) {
        self.values.clear();
        self.values.resize(length + Self::VALUES, 0.0);
        self.start = self.values.as_ptr().align_offset(Self::LINE).min(Self::VALUES);
        self.length = length;
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.values[self.start..][..self.length]
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..][..self.length]
    }
}
