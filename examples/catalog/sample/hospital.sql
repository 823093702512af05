-- Hospital: wards, staff, patients and what is done for them, up to the bill.

CREATE TABLE departments (
    -- Medical departments such as cardiology or surgery.
    department_id   INTEGER PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    building        TEXT NOT NULL,
    head_doctor_id  INTEGER                      -- the doctor who leads the department
);

CREATE TABLE doctors (
    -- Physicians employed by the hospital and the speciality each holds a licence for.
    doctor_id       INTEGER PRIMARY KEY,
    department_id   INTEGER NOT NULL REFERENCES departments (department_id),
    full_name       TEXT NOT NULL,
    speciality      TEXT NOT NULL,
    licence_no      TEXT NOT NULL UNIQUE
);

CREATE TABLE nurses (
    -- Nursing staff and the ward on which they usually work.
    nurse_id        INTEGER PRIMARY KEY,
    ward_id         INTEGER NOT NULL REFERENCES wards (ward_id),
    full_name       TEXT NOT NULL,
    qualification   TEXT
);

CREATE TABLE wards (
    -- Wards of the house: a corridor of rooms under one department.
    ward_id         INTEGER PRIMARY KEY,
    department_id   INTEGER NOT NULL REFERENCES departments (department_id),
    ward_name       TEXT NOT NULL,
    floor           INTEGER NOT NULL
);

CREATE TABLE beds (
    -- Every bed of a ward and whether it is free, occupied or being cleaned.
    bed_id          INTEGER PRIMARY KEY,
    ward_id         INTEGER NOT NULL REFERENCES wards (ward_id),
    room_no         TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('free', 'occupied', 'cleaning'))
);

CREATE TABLE patients (
    -- People who have been treated here at least once.
    patient_id      INTEGER PRIMARY KEY,
    full_name       TEXT NOT NULL,
    birth_date      TEXT NOT NULL,
    blood_group     TEXT,                        -- such as A+ or 0-
    insurance_no    TEXT
);

CREATE TABLE patient_allergies (
    -- Substances a patient must not be given, with the reaction seen.
    patient_id      INTEGER NOT NULL REFERENCES patients (patient_id),
    substance       TEXT NOT NULL,
    reaction        TEXT NOT NULL,
    PRIMARY KEY (patient_id, substance)
);

CREATE TABLE outpatient_appointments (
    -- Visits booked in advance: which patient comes to which doctor, and when.
    appointment_id  INTEGER PRIMARY KEY,
    patient_id      INTEGER NOT NULL REFERENCES patients (patient_id),
    doctor_id       INTEGER NOT NULL REFERENCES doctors (doctor_id),
    starts_at       TEXT NOT NULL,
    minutes         INTEGER NOT NULL DEFAULT 20,
    showed_up       INTEGER                      -- null until the day has passed
);

CREATE TABLE admissions (
    -- Stays in the house: when a patient was admitted to a bed and when discharged.
    admission_id    INTEGER PRIMARY KEY,
    patient_id      INTEGER NOT NULL REFERENCES patients (patient_id),
    bed_id          INTEGER NOT NULL REFERENCES beds (bed_id),
    admitted_at     TEXT NOT NULL,
    discharged_at   TEXT,                        -- null while the patient is still here
    emergency       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE diagnoses (
    -- What a doctor found during a stay, coded by the international classification of diseases.
    diagnosis_id    INTEGER PRIMARY KEY,
    admission_id    INTEGER NOT NULL REFERENCES admissions (admission_id),
    doctor_id       INTEGER NOT NULL REFERENCES doctors (doctor_id),
    icd_code        TEXT NOT NULL,
    finding         TEXT NOT NULL,
    certain         INTEGER NOT NULL DEFAULT 1   -- 0 for a suspicion
);

CREATE TABLE prescriptions (
    -- Medicine prescribed to a patient: the drug, its dose and how often it is taken.
    prescription_id INTEGER PRIMARY KEY,
    patient_id      INTEGER NOT NULL REFERENCES patients (patient_id),
    doctor_id       INTEGER NOT NULL REFERENCES doctors (doctor_id),
    medicine        TEXT NOT NULL,
    dose_mg         REAL NOT NULL,
    times_per_day   INTEGER NOT NULL,
    from_date       TEXT NOT NULL,
    until_date      TEXT
);

CREATE TABLE lab_results (
    -- Values measured in the laboratory from blood, urine and other samples.
    result_id       INTEGER PRIMARY KEY,
    patient_id      INTEGER NOT NULL REFERENCES patients (patient_id),
    sample_kind     TEXT NOT NULL,
    analyte         TEXT NOT NULL,               -- what was measured, such as haemoglobin
    value           REAL NOT NULL,
    unit            TEXT NOT NULL,
    out_of_range    INTEGER NOT NULL,
    measured_at     TEXT NOT NULL
);

CREATE TABLE operations (
    -- Surgery performed in an operating theatre, with surgeon, procedure and duration.
    operation_id    INTEGER PRIMARY KEY,
    admission_id    INTEGER NOT NULL REFERENCES admissions (admission_id),
    surgeon_id      INTEGER NOT NULL REFERENCES doctors (doctor_id),
    theatre         TEXT NOT NULL,
    procedure_name  TEXT NOT NULL,
    began_at        TEXT NOT NULL,
    minutes         INTEGER NOT NULL
);

CREATE TABLE invoices (
    -- Bills for a stay, to the patient or the insurer, and whether they are settled.
    invoice_id      INTEGER PRIMARY KEY,
    admission_id    INTEGER NOT NULL REFERENCES admissions (admission_id),
    payer           TEXT NOT NULL CHECK (payer IN ('patient', 'insurer')),
    total           REAL NOT NULL,
    due_on          TEXT NOT NULL,
    settled_on      TEXT                         -- null while unpaid
);

CREATE VIEW ward_occupancy AS
    -- Share of occupied beds for each ward, right now.
    SELECT w.ward_name, avg(b.state = 'occupied') AS share_occupied, count(*) AS bed_count
    FROM wards w
    JOIN beds b ON b.ward_id = w.ward_id
    GROUP BY w.ward_name;

INSERT INTO departments VALUES (1, 'Cardiology', 'East', 1), (2, 'Surgery', 'Main', 2), (3, 'Paediatrics', 'West', NULL);
INSERT INTO doctors VALUES
    (1, 1, 'Dr Nadia Karim', 'Cardiologist', 'L-1008'), (2, 2, 'Dr Paul Ferrer', 'Surgeon', 'L-2231'),
    (3, 3, 'Dr Yuki Mori', 'Paediatrician', 'L-3190');
INSERT INTO wards VALUES (1, 1, 'E2', 2), (2, 2, 'M4', 4), (3, 3, 'W1', 1);
INSERT INTO nurses VALUES (1, 1, 'Sofia Rossi', 'intensive care'), (2, 2, 'Ben Aalto', NULL), (3, 3, 'Chi Le', 'children');
INSERT INTO beds VALUES (1, 1, 'E201', 'occupied'), (2, 1, 'E201', 'free'), (3, 2, 'M410', 'cleaning');
INSERT INTO patients VALUES
    (1, 'Martha Quist', '1951-07-22', 'A+', 'H-5501'), (2, 'Ravi Menon', '1988-12-03', NULL, 'H-7813'),
    (3, 'Elif Kaya', '2016-02-29', '0-', NULL);
INSERT INTO patient_allergies VALUES (1, 'penicillin', 'rash'), (3, 'latex', 'swelling'), (3, 'peanut', 'shock');
INSERT INTO outpatient_appointments VALUES
    (1, 2, 1, '2025-05-06T08:40', 20, 1), (2, 3, 3, '2025-05-06T09:00', 30, 0), (3, 2, 1, '2025-08-12T10:20', 20, NULL);
INSERT INTO admissions VALUES
    (1, 1, 1, '2025-05-01T23:10', NULL, 1), (2, 2, 3, '2025-04-11T07:00', '2025-04-15T11:30', 0);
INSERT INTO diagnoses VALUES (1, 1, 1, 'I48.0', 'atrial fibrillation', 1), (2, 2, 2, 'K35.8', 'appendicitis', 1);
INSERT INTO prescriptions VALUES
    (1, 1, 1, 'bisoprolol', 2.5, 1, '2025-05-02', NULL), (2, 1, 1, 'apixaban', 5, 2, '2025-05-02', NULL),
    (3, 2, 2, 'ibuprofen', 400, 3, '2025-04-12', '2025-04-19');
INSERT INTO lab_results VALUES
    (1, 1, 'blood', 'potassium', 3.1, 'mmol/l', 1, '2025-05-02T06:15'),
    (2, 1, 'blood', 'haemoglobin', 13.4, 'g/dl', 0, '2025-05-02T06:15'),
    (3, 2, 'urine', 'protein', 0.1, 'g/l', 0, '2025-04-11T08:05');
INSERT INTO operations VALUES (1, 2, 2, 'Theatre 3', 'appendectomy', '2025-04-11T13:20', 55);
INSERT INTO invoices VALUES (1, 2, 'insurer', 4310.75, '2025-05-15', NULL);
