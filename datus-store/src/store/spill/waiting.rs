use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use crate::backend::is_full_disk;
use crate::error::{BoxError, Error, ErrorKind, Result};

/// How many bytes are kept in memory.
const IN_MEMORY: usize = 256 << 20;

/// Batches that wait: in memory as long as they are few, and in a temporary file from then on. The file has no name, so
/// the operating system removes it with the process, also with one that is killed.
pub(in crate::store) struct Waiting {
    schema: SchemaRef,
    in_memory: Vec<RecordBatch>,
    bytes: usize,
    most: usize,
    file: Option<Spilled>,
}

struct Spilled {
    file: Arc<Mutex<File>>,
    writer: StreamWriter<BufWriter<At>>,
}

impl Waiting {
    pub(in crate::store) fn new(schema: &SchemaRef) -> Self {
        Self::with_memory(schema, IN_MEMORY)
    }

    /// With at most so many bytes in memory.
    fn with_memory(schema: &SchemaRef, most: usize) -> Self {
        Self { schema: Arc::clone(schema), in_memory: Vec::new(), bytes: 0, most, file: None }
    }

    pub(in crate::store) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(in crate::store) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if let Some(spilled) = &mut self.file {
            return spilled.push(&batch).map_err(unwritten);
        }
        self.bytes += batch.get_array_memory_size();
        self.in_memory.push(batch);
        if self.bytes > self.most {
            let mut spilled = Spilled::new(&self.schema).map_err(unwritten)?;
            for batch in std::mem::take(&mut self.in_memory) {
                spilled.push(&batch).map_err(unwritten)?;
            }
            self.file = Some(spilled);
        }
        Ok(())
    }

    /// All batches, from the first one.
    pub(in crate::store) fn read(
        &self,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>> {
        match &self.file {
            None => Ok(Box::new(self.in_memory.clone().into_iter().map(Ok))),
            Some(spilled) => {
                let file = BufReader::new(At::start(&spilled.file));
                Ok(Box::new(StreamReader::try_new(file, None).map_err(unwritten)?))
            }
        }
    }
}

impl Spilled {
    fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let file = Arc::new(Mutex::new(tempfile::tempfile()?));
        let writer = StreamWriter::try_new_buffered(At::start(&file), schema)?;
        Ok(Self { file, writer })
    }

    /// Writes a batch to the file, so that it can be read at once.
    fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(batch)?;
        self.writer.flush()
    }
}

/// A place in a file that others read and write too.
struct At {
    file: Arc<Mutex<File>>,
    position: u64,
}

impl At {
    fn start(file: &Arc<Mutex<File>>) -> Self {
        Self { file: Arc::clone(file), position: 0 }
    }

    fn go<T>(&mut self, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let done = work(&mut file);
        self.position = file.stream_position()?;
        done
    }
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.go(|file| file.read(buffer))
    }
}

impl Write for At {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.go(|file| file.write(buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.go(Write::flush)
    }
}

fn unwritten(source: ArrowError) -> Error {
    let folder = std::env::temp_dir();
    let folder = folder.display();
    let source: BoxError = source.into();
    let message = if is_full_disk(&*source) {
        format!("there is no space left in {folder}, where the rows that wait for their commit are kept")
    } else {
        format!("the rows that wait for their commit can't be kept in a temporary file in {folder}")
    };
    Error::new(ErrorKind::Engine, message)
        .with_help("make room, or name another folder in the variable TMPDIR")
        .with_source(source)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use arrow_array::{DictionaryArray, Int64Array, types::Int32Type};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    fn batch(schema: &SchemaRef, number: i64) -> RecordBatch {
        let kind: DictionaryArray<Int32Type> = [format!("kind {number}").as_str()].into_iter().collect();
        let columns = vec![Arc::new(Int64Array::from(vec![number])) as _, Arc::new(kind) as _];
        RecordBatch::try_new(Arc::clone(schema), columns).unwrap()
    }

    #[test]
    fn batches_come_back_in_order_whether_they_fit_in_memory_or_not() {
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let fields = vec![Field::new("id", DataType::Int64, false), Field::new("kind", kind, false)];
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let one = batch(&schema, 0).get_array_memory_size();
        for most in [0, one, 3 * one, 1000 * one] {
            let mut waiting = Waiting::with_memory(&schema, most);
            let batches: Vec<RecordBatch> = (0..10).map(|number| batch(&schema, number)).collect();
            for (count, pushed) in batches.iter().enumerate() {
                waiting.push(pushed.clone()).unwrap();
                let read: Vec<RecordBatch> = waiting.read().unwrap().map(Result::unwrap).collect();
                assert_eq!(read, batches[..=count], "at most {most} bytes");
            }
            assert_eq!(waiting.file.is_some(), most < 1000 * one);
            // Two readers do not disturb each other.
            let pairs = waiting.read().unwrap().zip(waiting.read().unwrap());
            assert!(pairs.into_iter().all(|(one, other)| one.unwrap() == other.unwrap()));
        }
    }
}
