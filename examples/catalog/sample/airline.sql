-- Airline: a regional carrier's network, fleet, crews, bookings and daily operations.

CREATE TABLE airports (
    -- Airports the carrier flies to.
    iata_code       TEXT PRIMARY KEY,            -- three letters
    airport_name    TEXT NOT NULL,
    city            TEXT NOT NULL,
    country         TEXT NOT NULL,
    time_zone       TEXT NOT NULL
);

CREATE TABLE aircraft_types (
    -- Models of aircraft: seats, range and fuel burn.
    type_code       TEXT PRIMARY KEY,
    maker           TEXT NOT NULL,
    seats           INTEGER NOT NULL,
    range_km        INTEGER NOT NULL,
    fuel_kg_per_h   REAL NOT NULL
);

CREATE TABLE aircraft (
    -- The fleet: each aeroplane by its registration.
    registration    TEXT PRIMARY KEY,
    type_code       TEXT NOT NULL REFERENCES aircraft_types (type_code),
    built_in        INTEGER NOT NULL,
    leased          INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE routes (
    -- Pairs of airports that are served, with the distance between them.
    route_id        INTEGER PRIMARY KEY,
    origin          TEXT NOT NULL REFERENCES airports (iata_code),
    destination     TEXT NOT NULL REFERENCES airports (iata_code),
    distance_km     INTEGER NOT NULL,
    seasonal        INTEGER NOT NULL DEFAULT 0   -- 1 if flown in summer only
);

CREATE TABLE flights (
    -- One departure on one day, as planned and as flown.
    flight_id       INTEGER PRIMARY KEY,
    flight_no       TEXT NOT NULL,
    route_id        INTEGER NOT NULL REFERENCES routes (route_id),
    registration    TEXT REFERENCES aircraft (registration),
    planned_off     TEXT NOT NULL,               -- scheduled departure, UTC
    actual_off      TEXT,
    actual_on       TEXT,                        -- touch-down, UTC
    cancelled       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE flight_delays (
    -- How many minutes a flight was delayed and the cause of the delay.
    flight_id       INTEGER NOT NULL REFERENCES flights (flight_id),
    cause           TEXT NOT NULL CHECK (cause IN ('weather', 'technical', 'crew', 'air traffic control')),
    minutes         INTEGER NOT NULL,
    remark          TEXT,
    PRIMARY KEY (flight_id, cause)
);

CREATE TABLE crew_members (
    -- Pilots and cabin attendants.
    crew_id         INTEGER PRIMARY KEY,
    full_name       TEXT NOT NULL,
    crew_rank       TEXT NOT NULL CHECK (crew_rank IN ('captain', 'first officer', 'purser', 'attendant')),
    home_base       TEXT NOT NULL REFERENCES airports (iata_code)
);

CREATE TABLE crew_rosters (
    -- Duty plan: which crew member works on which flight.
    flight_id       INTEGER NOT NULL REFERENCES flights (flight_id),
    crew_id         INTEGER NOT NULL REFERENCES crew_members (crew_id),
    reports_at      TEXT NOT NULL,
    PRIMARY KEY (flight_id, crew_id)
);

CREATE TABLE passengers (
    -- Travellers, as named in their passport.
    passenger_id    INTEGER PRIMARY KEY,
    full_name       TEXT NOT NULL,
    passport_no     TEXT,
    nationality     TEXT,
    frequent_flyer  TEXT                         -- membership number, if any
);

CREATE TABLE bookings (
    -- Reservations: one code for one or more passengers, with the fare that was paid.
    booking_code    TEXT PRIMARY KEY,
    booked_at       TEXT NOT NULL,
    sales_channel   TEXT NOT NULL,               -- web, phone or travel agency
    total_fare      REAL NOT NULL
);

CREATE TABLE tickets (
    -- A passenger's seat on a flight, and whether they boarded.
    booking_code    TEXT NOT NULL REFERENCES bookings (booking_code),
    flight_id       INTEGER NOT NULL REFERENCES flights (flight_id),
    passenger_id    INTEGER NOT NULL REFERENCES passengers (passenger_id),
    seat            TEXT,
    boarded         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (flight_id, passenger_id)
);

CREATE TABLE baggage_items (
    -- Suitcases checked in by passengers: weight, and whether a bag was lost or damaged.
    tag_no          TEXT PRIMARY KEY,
    flight_id       INTEGER NOT NULL REFERENCES flights (flight_id),
    passenger_id    INTEGER NOT NULL REFERENCES passengers (passenger_id),
    weight_kg       REAL NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('loaded', 'delivered', 'lost', 'damaged'))
);

CREATE TABLE maintenance_checks (
    -- Inspections and repairs of an aircraft in the hangar, with the hours it was out of service.
    check_id        INTEGER PRIMARY KEY,
    registration    TEXT NOT NULL REFERENCES aircraft (registration),
    check_kind      TEXT NOT NULL,               -- A, B, C or D check, or repair
    started_on      TEXT NOT NULL,
    hours_down      REAL NOT NULL,
    cost            REAL
);

CREATE VIEW punctuality_by_route AS
    -- Share of flights of each route that left at most a quarter of an hour late.
    SELECT r.origin, r.destination, avg(coalesce(d.minutes, 0) <= 15) AS share_on_time
    FROM routes r
    JOIN flights f ON f.route_id = r.route_id
    LEFT JOIN flight_delays d ON d.flight_id = f.flight_id
    WHERE f.cancelled = 0
    GROUP BY r.origin, r.destination;

INSERT INTO airports VALUES
    ('BGO', 'Flesland', 'Bergen', 'Norway', 'Europe/Oslo'), ('GOT', 'Landvetter', 'Gothenburg', 'Sweden', 'Europe/Stockholm'),
    ('ABZ', 'Dyce', 'Aberdeen', 'United Kingdom', 'Europe/London');
INSERT INTO aircraft_types VALUES ('AT76', 'ATR', 70, 1500, 760), ('E190', 'Embraer', 100, 4500, 1850), ('DH8D', 'De Havilland', 78, 2000, 1020);
INSERT INTO aircraft VALUES ('LN-AAA', 'AT76', 2016, 0), ('LN-AAB', 'E190', 2012, 1), ('LN-AAC', 'DH8D', 2009, 0);
INSERT INTO routes VALUES (1, 'BGO', 'ABZ', 500, 0), (2, 'BGO', 'GOT', 480, 0), (3, 'GOT', 'ABZ', 860, 1);
INSERT INTO flights VALUES
    (1, 'NX 101', 1, 'LN-AAA', '2025-06-01T06:10', '2025-06-01T06:12', '2025-06-01T07:31', 0),
    (2, 'NX 204', 2, 'LN-AAB', '2025-06-01T07:00', '2025-06-01T08:25', '2025-06-01T09:22', 0),
    (3, 'NX 330', 3, NULL, '2025-06-01T09:45', NULL, NULL, 1);
INSERT INTO flight_delays VALUES (2, 'technical', 60, 'fuel pump'), (2, 'air traffic control', 25, NULL), (1, 'weather', 2, NULL);
INSERT INTO crew_members VALUES
    (1, 'Sigrid Aune', 'captain', 'BGO'), (2, 'Owen Price', 'first officer', 'ABZ'), (3, 'Maja Lindqvist', 'purser', 'GOT');
INSERT INTO crew_rosters VALUES (1, 1, '2025-06-01T05:10'), (1, 2, '2025-06-01T05:10'), (2, 3, '2025-06-01T06:00');
INSERT INTO passengers VALUES
    (1, 'Clara Jensen', 'P1200345', 'Denmark', 'FF-881'), (2, 'Hugo Bell', NULL, 'United Kingdom', NULL),
    (3, 'Amina Yusuf', 'P7754120', 'Sweden', NULL);
INSERT INTO bookings VALUES
    ('QK7RTA', '2025-04-20T20:11', 'web', 318.0), ('M2PLZC', '2025-05-02T09:30', 'travel agency', 141.5),
    ('ZZ81HD', '2025-05-30T16:02', 'phone', 205.0);
INSERT INTO tickets VALUES ('QK7RTA', 1, 1, '4C', 1), ('QK7RTA', 1, 2, '4D', 1), ('M2PLZC', 2, 3, NULL, 0);
INSERT INTO baggage_items VALUES ('0021', 1, 1, 18.4, 'delivered'), ('0022', 1, 2, 22.9, 'lost'), ('0023', 2, 3, 9.7, 'loaded');
INSERT INTO maintenance_checks VALUES
    (1, 'LN-AAA', 'A', '2025-03-11', 10, 8200), (2, 'LN-AAB', 'repair', '2025-06-01', 1, 640), (3, 'LN-AAC', 'C', '2025-01-20', 340, NULL);
