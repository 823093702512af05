use arrow_schema::DataType;

/// The type of the components of a vector column, as declared with `#[datus(embed(element = …))]`.
///
/// Models and queries use 32-bit floats for both types. The components are rounded to the type when they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum VectorElement {
    /// `f32`: 32-bit floats. The default.
    #[default]
    Float32,
    /// `f16`: 16-bit floats, which take half the space. They have about three significant digits and a maximum of 65,504.
    Float16,
}

impl VectorElement {
    /// Returns the name in attributes: `f32` or `f16`.
    ///
    /// ```
    /// assert_eq!(datus_store::record::VectorElement::Float16.name(), "f16");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "f32",
            Self::Float16 => "f16",
        }
    }

    /// Returns the Arrow type of a component.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Float32 => DataType::Float32,
            Self::Float16 => DataType::Float16,
        }
    }
}
