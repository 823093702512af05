-- University: who teaches what to whom, where, and with which result.

CREATE TABLE faculties (
    -- The large divisions of the university, such as Law or Natural Sciences.
    faculty_id      INTEGER PRIMARY KEY,
    faculty_name    TEXT NOT NULL UNIQUE,
    dean_name       TEXT
);

CREATE TABLE lecturers (
    -- Academic staff who give courses.
    lecturer_id     INTEGER PRIMARY KEY,
    faculty_id      INTEGER NOT NULL REFERENCES faculties (faculty_id),
    full_name       TEXT NOT NULL,
    academic_title  TEXT,
    office          TEXT
);

CREATE TABLE degree_programmes (
    -- What one can study: the degree it leads to and its length in semesters.
    programme_id    INTEGER PRIMARY KEY,
    faculty_id      INTEGER NOT NULL REFERENCES faculties (faculty_id),
    title           TEXT NOT NULL,
    degree          TEXT NOT NULL CHECK (degree IN ('bachelor', 'master', 'doctorate')),
    semesters       INTEGER NOT NULL
);

CREATE TABLE students (
    -- Everyone who is or was matriculated.
    student_id      INTEGER PRIMARY KEY,
    programme_id    INTEGER NOT NULL REFERENCES degree_programmes (programme_id),
    full_name       TEXT NOT NULL,
    home_country    TEXT,
    matriculated_on TEXT NOT NULL,
    left_on         TEXT                         -- null while studying
);

CREATE TABLE courses (
    -- Courses in the syllabus and the credit points they are worth.
    course_code     TEXT PRIMARY KEY,
    faculty_id      INTEGER NOT NULL REFERENCES faculties (faculty_id),
    title           TEXT NOT NULL,
    credit_points   INTEGER NOT NULL,
    language        TEXT NOT NULL DEFAULT 'en'
);

CREATE TABLE course_prerequisites (
    -- Which course must be passed before another one may be taken.
    course_code     TEXT NOT NULL REFERENCES courses (course_code),
    required_code   TEXT NOT NULL REFERENCES courses (course_code),
    PRIMARY KEY (course_code, required_code)
);

CREATE TABLE enrolments (
    -- Students signed up for a course in a semester.
    student_id      INTEGER NOT NULL REFERENCES students (student_id),
    course_code     TEXT NOT NULL REFERENCES courses (course_code),
    semester        TEXT NOT NULL,               -- such as 2025S
    enrolled_on     TEXT NOT NULL,
    PRIMARY KEY (student_id, course_code, semester)
);

CREATE TABLE exam_results (
    -- The grade a student got in the exam of a course, and whether it was passed or failed.
    student_id      INTEGER NOT NULL REFERENCES students (student_id),
    course_code     TEXT NOT NULL REFERENCES courses (course_code),
    attempt         INTEGER NOT NULL DEFAULT 1,
    grade           REAL NOT NULL,
    passed          INTEGER NOT NULL,            -- 0 if the student failed
    sat_on          TEXT NOT NULL,
    PRIMARY KEY (student_id, course_code, attempt)
);

CREATE TABLE lecture_rooms (
    -- Rooms for teaching, with seats and equipment.
    room_id         INTEGER PRIMARY KEY,
    building        TEXT NOT NULL,
    room_no         TEXT NOT NULL,
    seats           INTEGER NOT NULL,
    has_projector   INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE weekly_timetable (
    -- Which course is taught in which room, by whom, on which weekday and at what hour.
    slot_id         INTEGER PRIMARY KEY,
    course_code     TEXT NOT NULL REFERENCES courses (course_code),
    lecturer_id     INTEGER NOT NULL REFERENCES lecturers (lecturer_id),
    room_id         INTEGER NOT NULL REFERENCES lecture_rooms (room_id),
    weekday         TEXT NOT NULL,
    from_hour       INTEGER NOT NULL,
    to_hour         INTEGER NOT NULL
);

CREATE TABLE theses (
    -- Final papers: title, author, supervisor and the day they were handed in.
    thesis_id       INTEGER PRIMARY KEY,
    student_id      INTEGER NOT NULL REFERENCES students (student_id),
    supervisor_id   INTEGER NOT NULL REFERENCES lecturers (lecturer_id),
    title           TEXT NOT NULL,
    handed_in_on    TEXT
);

CREATE TABLE scholarships (
    -- Grants that pay a student a monthly sum, and the foundation that funds them.
    scholarship_id  INTEGER PRIMARY KEY,
    student_id      INTEGER NOT NULL REFERENCES students (student_id),
    foundation      TEXT NOT NULL,
    monthly_sum     REAL NOT NULL,
    from_month      TEXT NOT NULL,
    to_month        TEXT NOT NULL
);

CREATE TABLE library_loans (
    -- Books lent to students by the university library, with due date and fine.
    loan_id         INTEGER PRIMARY KEY,
    student_id      INTEGER NOT NULL REFERENCES students (student_id),
    book_title      TEXT NOT NULL,
    lent_on         TEXT NOT NULL,
    due_on          TEXT NOT NULL,
    returned_on     TEXT,
    fine            REAL NOT NULL DEFAULT 0
);

CREATE VIEW credit_points_earned AS
    -- Sum of credit points of the courses each student has passed.
    SELECT s.student_id, s.full_name, sum(c.credit_points) AS points
    FROM students s
    JOIN exam_results e ON e.student_id = s.student_id AND e.passed = 1
    JOIN courses c ON c.course_code = e.course_code
    GROUP BY s.student_id, s.full_name;

INSERT INTO faculties VALUES (1, 'Natural Sciences', 'Prof. Amara Diallo'), (2, 'Law', NULL), (3, 'Arts', 'Prof. Jan Visser');
INSERT INTO lecturers VALUES
    (1, 1, 'Hana Sato', 'Professor', 'N 2.14'), (2, 2, 'Luca Moretti', 'Doctor', NULL), (3, 1, 'Eva Novak', NULL, 'N 1.03');
INSERT INTO degree_programmes VALUES (1, 1, 'Physics', 'bachelor', 6), (2, 1, 'Biology', 'master', 4), (3, 2, 'Civil Law', 'master', 5);
INSERT INTO students VALUES
    (1, 1, 'Noah Berg', 'Norway', '2023-10-01', NULL), (2, 2, 'Ines Duarte', 'Portugal', '2022-10-01', NULL),
    (3, 3, 'Farid Haddad', NULL, '2019-10-01', '2024-09-30');
INSERT INTO courses VALUES
    ('PHY101', 1, 'Mechanics', 8, 'en'), ('PHY201', 1, 'Quantum mechanics', 8, 'en'), ('LAW110', 2, 'Contract law', 6, 'it');
INSERT INTO course_prerequisites VALUES ('PHY201', 'PHY101');
INSERT INTO enrolments VALUES
    (1, 'PHY101', '2023W', '2023-10-12'), (1, 'PHY201', '2025S', '2025-04-03'), (3, 'LAW110', '2020S', '2020-04-08');
INSERT INTO exam_results VALUES
    (1, 'PHY101', 1, 4.7, 0, '2024-02-12'), (1, 'PHY101', 2, 2.3, 1, '2024-04-02'), (3, 'LAW110', 1, 1.7, 1, '2020-07-20');
INSERT INTO lecture_rooms VALUES (1, 'North', 'H1', 420, 1), (2, 'North', 'S12', 30, 0), (3, 'Old Court', 'Aula', 650, 1);
INSERT INTO weekly_timetable VALUES
    (1, 'PHY101', 1, 1, 'Monday', 10, 12), (2, 'PHY201', 3, 2, 'Tuesday', 8, 10), (3, 'LAW110', 2, 3, 'Friday', 14, 16);
INSERT INTO theses VALUES (1, 2, 3, 'Mosses of the upper valley', NULL), (2, 3, 2, 'Silence as consent', '2024-08-30');
INSERT INTO scholarships VALUES (1, 1, 'Lantern Foundation', 450.0, '2024-01', '2025-12'), (2, 2, 'City Fund', 300.0, '2025-04', '2026-03');
INSERT INTO library_loans VALUES
    (1, 1, 'Waves and fields', '2025-05-05', '2025-06-02', NULL, 0), (2, 2, 'Bryophytes', '2025-02-10', '2025-03-10', '2025-03-24', 2.8),
    (3, 1, 'A short history of ice', '2025-01-13', '2025-02-10', '2025-02-03', 0);
