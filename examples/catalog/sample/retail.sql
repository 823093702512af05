-- Retail: a chain of outdoor-equipment shops with a web store, three warehouses and a loyalty programme.
-- SQLite keeps comments only from the table's name on, so each statement says what it is inside its brackets.

CREATE TABLE sales_regions (
    -- Parts of the country that sales are reported by; every shop and every delivery address lies in one.
    region_id       INTEGER PRIMARY KEY,
    region_name     TEXT NOT NULL UNIQUE,        -- such as North or Coast
    manager_name    TEXT                         -- who answers for the region's figures
);

CREATE TABLE shops (
    -- Physical shops of the chain.
    shop_id         INTEGER PRIMARY KEY,
    region_id       INTEGER NOT NULL REFERENCES sales_regions (region_id),
    shop_name       TEXT NOT NULL,
    street          TEXT NOT NULL,
    city            TEXT NOT NULL,
    floor_area_m2   REAL,                        -- selling space in square metres
    opened_on       TEXT NOT NULL                -- ISO date
);

CREATE TABLE shop_assistants (
    -- People who work at the till or on the shop floor.
    assistant_id    INTEGER PRIMARY KEY,
    shop_id         INTEGER NOT NULL REFERENCES shops (shop_id),
    full_name       TEXT NOT NULL,
    hourly_wage     REAL NOT NULL CHECK (hourly_wage > 0),
    hired_on        TEXT NOT NULL
);

CREATE TABLE customers (
    -- People and companies that have an account with the web store.
    customer_id     INTEGER PRIMARY KEY,
    full_name       TEXT NOT NULL,
    email           TEXT NOT NULL UNIQUE,
    phone           TEXT,
    signed_up_on    TEXT NOT NULL,
    newsletter      INTEGER NOT NULL DEFAULT 0   -- 1 if the customer agreed to be written to
);

CREATE TABLE delivery_addresses (
    -- Where a customer wants parcels to go; one customer may keep several.
    address_id      INTEGER PRIMARY KEY,
    customer_id     INTEGER NOT NULL REFERENCES customers (customer_id),
    region_id       INTEGER NOT NULL REFERENCES sales_regions (region_id),
    street          TEXT NOT NULL,
    postal_code     TEXT NOT NULL,
    city            TEXT NOT NULL
);

CREATE TABLE loyalty_accounts (
    -- Bonus points a customer has collected and may still spend.
    customer_id     INTEGER PRIMARY KEY REFERENCES customers (customer_id),
    tier            TEXT NOT NULL CHECK (tier IN ('bronze', 'silver', 'gold')),
    points_balance  INTEGER NOT NULL DEFAULT 0,
    points_expire   TEXT                         -- date on which the oldest points lapse
);

CREATE TABLE product_categories (
    -- The tree of categories that the web store's menu shows.
    category_id     INTEGER PRIMARY KEY,
    parent_id       INTEGER REFERENCES product_categories (category_id),
    category_name   TEXT NOT NULL
);

CREATE TABLE products (
    -- Articles on sale, with their list price and tax rate.
    product_id      INTEGER PRIMARY KEY,
    category_id     INTEGER NOT NULL REFERENCES product_categories (category_id),
    product_name    TEXT NOT NULL,
    brand           TEXT,
    list_price      REAL NOT NULL,               -- gross, in euros
    tax_rate        REAL NOT NULL DEFAULT 0.19,
    discontinued    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE orders (
    -- One purchase by one customer, in a shop or on the web.
    order_id        INTEGER PRIMARY KEY,
    customer_id     INTEGER NOT NULL REFERENCES customers (customer_id),
    address_id      INTEGER REFERENCES delivery_addresses (address_id),
    shop_id         INTEGER REFERENCES shops (shop_id),   -- null for the web store
    placed_at       TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('open', 'paid', 'sent', 'cancelled'))
);

CREATE TABLE order_lines (
    -- The articles of an order: how many of each, at what price.
    order_id        INTEGER NOT NULL REFERENCES orders (order_id),
    line_no         INTEGER NOT NULL,
    product_id      INTEGER NOT NULL REFERENCES products (product_id),
    quantity        INTEGER NOT NULL CHECK (quantity > 0),
    unit_price      REAL NOT NULL,               -- what was really charged, after any discount
    PRIMARY KEY (order_id, line_no)
);

CREATE TABLE card_payments (
    -- Money received for an order, by card or bank transfer.
    payment_id      INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders (order_id),
    method          TEXT NOT NULL,
    amount          REAL NOT NULL,
    paid_at         TEXT NOT NULL
);

CREATE TABLE stock_levels (
    -- How many units of each product lie in each warehouse, and when to order more.
    warehouse_code  TEXT NOT NULL,
    product_id      INTEGER NOT NULL REFERENCES products (product_id),
    units_in_stock  INTEGER NOT NULL,
    reorder_point   INTEGER NOT NULL,            -- below this many units the buyer is told
    counted_on      TEXT NOT NULL,               -- date of the last stocktaking
    PRIMARY KEY (warehouse_code, product_id)
);

CREATE TABLE returned_goods (
    -- Articles that customers sent back, the reason they gave and the refund they got.
    return_id       INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL,
    line_no         INTEGER NOT NULL,
    reason          TEXT NOT NULL,               -- such as wrong size, damaged, changed mind
    refund_amount   REAL NOT NULL,
    received_on     TEXT NOT NULL,
    FOREIGN KEY (order_id, line_no) REFERENCES order_lines (order_id, line_no)
);

CREATE VIEW monthly_revenue_by_region AS
    -- Revenue per month and sales region, from the lines of all paid orders.
    SELECT strftime('%Y-%m', o.placed_at)   AS month,
           r.region_name                    AS region,
           sum(l.quantity * l.unit_price)   AS revenue
    FROM orders o
    JOIN order_lines l ON l.order_id = o.order_id
    JOIN delivery_addresses a ON a.address_id = o.address_id
    JOIN sales_regions r ON r.region_id = a.region_id
    WHERE o.status IN ('paid', 'sent')
    GROUP BY month, region;

CREATE VIEW products_to_reorder AS
    -- Products whose stock in some warehouse has fallen below the reorder point.
    SELECT p.product_id, p.product_name, s.warehouse_code, s.units_in_stock
    FROM stock_levels s
    JOIN products p ON p.product_id = s.product_id
    WHERE s.units_in_stock < s.reorder_point;

INSERT INTO sales_regions VALUES (1, 'North', 'Ida Holm'), (2, 'Coast', 'Marek Vondra'), (3, 'Hills', NULL);
INSERT INTO shops VALUES
    (1, 1, 'Pinewood', 'Mill Lane 4', 'Ostby', 410.0, '2009-04-01'),
    (2, 2, 'Harbour', 'Quay Street 17', 'Selmouth', 285.5, '2014-09-15'),
    (3, 3, 'Ridge', 'Upper Road 2', 'Karrow', NULL, '2021-03-20');
INSERT INTO shop_assistants VALUES
    (1, 1, 'Tom Brandt', 14.80, '2019-02-01'), (2, 1, 'Aisha Noor', 15.20, '2017-08-14'),
    (3, 2, 'Lea Santos', 14.10, '2023-05-02');
INSERT INTO customers VALUES
    (1, 'Greta Lind', 'greta@example.org', NULL, '2022-01-09', 1),
    (2, 'Oluwaseun Ade', 'seun@example.org', '+44 20 0000', '2022-06-30', 0),
    (3, 'Trailhead Tours', 'office@trailhead.example', NULL, '2023-11-18', 1);
INSERT INTO delivery_addresses VALUES
    (1, 1, 1, 'Birch Street 8', '10410', 'Ostby'), (2, 2, 2, 'Dune Way 3', '20877', 'Selmouth'),
    (3, 3, 3, 'Station Square 1', '30125', 'Karrow');
INSERT INTO loyalty_accounts VALUES
    (1, 'gold', 1840, '2026-12-31'), (2, 'bronze', 75, NULL), (3, 'silver', 620, '2026-06-30');
INSERT INTO product_categories VALUES (1, NULL, 'Camping'), (2, 1, 'Tents'), (3, 1, 'Sleeping bags');
INSERT INTO products VALUES
    (1, 2, 'Two-person tent Lark', 'Fjeld', 249.00, 0.19, 0), (2, 3, 'Down bag -5', 'Nordly', 189.90, 0.19, 0),
    (3, 2, 'Tarp 3x3', NULL, 59.50, 0.19, 1);
INSERT INTO orders VALUES
    (1, 1, 1, NULL, '2025-03-02T10:15:00', 'sent'), (2, 2, 2, NULL, '2025-03-19T18:40:00', 'paid'),
    (3, 3, 3, 3, '2025-04-07T09:05:00', 'open');
INSERT INTO order_lines VALUES (1, 1, 1, 1, 249.00), (2, 1, 2, 2, 179.90), (3, 1, 3, 6, 55.00);
INSERT INTO card_payments VALUES
    (1, 1, 'card', 249.00, '2025-03-02T10:16:00'), (2, 2, 'transfer', 359.80, '2025-03-20T07:00:00');
INSERT INTO stock_levels VALUES
    ('W1', 1, 42, 10, '2025-01-04'), ('W1', 2, 6, 15, '2025-01-04'), ('W2', 3, 0, 5, '2025-01-05');
INSERT INTO returned_goods VALUES (1, 1, 1, 'damaged', 249.00, '2025-03-12');
