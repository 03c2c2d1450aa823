-- Made up by fixed arithmetic, so that every database holds the same: 10,000 patients, 100,000 visits and 30,000 prescriptions of the
-- years 2025 and 2026, over three workspaces. The factors are primes, which share no divisor with what they are reduced by.

insert into clinic.rights (workspace, "right")
select workspace, "right"
from unnest(array['north', 'east', 'south']) as workspace,
  unnest(array['patients:read', 'patients:write', 'dashboard:read', 'reports:read', 'jobs:add']) as "right";

insert into clinic.patients (id, workspace, name, born, phone)
select n, (array['north', 'east', 'south'])[1 + n % 3],
  (array['Ada', 'Ben', 'Chloe', 'Dev', 'Elif', 'Farah', 'Goran', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lena', 'Maya', 'Noor', 'Omar', 'Pia', 'Quinn', 'Rosa', 'Samir', 'Tove', 'Uma', 'Vera', 'Wanda'])[1 + n % 23]
    || ' ' ||
  (array['Abara', 'Berg', 'Castro', 'Dubois', 'Eze', 'Fischer', 'Garcia', 'Haddad', 'Ito', 'Jansen', 'Kaya', 'Lopez', 'Moreau', 'Nowak', 'Okafor', 'Park', 'Quist', 'Rossi', 'Silva', 'Tanaka', 'Ueda', 'Vogel', 'Weber', 'Xu', 'Yilmaz', 'Zhou', 'Ahmed', 'Brown', 'Chen'])[1 + n * 7 % 29],
  date '1930-01-01' + (n * 7919 % 34000),
  '+1 555 ' || lpad((n * 7907 % 10000)::text, 4, '0')
from generate_series(1, 10000) as n;

insert into clinic.visits (id, workspace, patient_id, clinician, diagnosis, minutes, at)
select n, (array['north', 'east', 'south'])[1 + patient % 3], patient,
  'Dr ' || (array['Adler', 'Baker', 'Conti', 'Diaz', 'Engel', 'Fontaine', 'Gupta'])[1 + least(n * 31 % 7, n * 17 % 11)],
  (array['I10', 'E11', 'J45', 'M54', 'F32', 'K21', 'N39', 'L20', 'H66', 'R51', 'Z00'])[1 + least(n * 37 % 11, n * 41 % 13)],
  10 + n * 43 % 50,
  timestamptz '2025-01-01 08:00+00' + day * interval '1 day' + (n * 47 % 600) * interval '1 minute'
from generate_series(1, 100000) as n,
  lateral (select 1 + (n::bigint * 7919 % 10000)::integer as patient) as of_patient,
  -- In hundredths of a day, evenly; then more in some months than in others, along parabolas: whole numbers are the same everywhere.
  lateral (select (n::bigint * 104729 % 730)::integer * 100 + n * 61 % 100 as evenly) as of_years,
  lateral (select least(729, (evenly + case when evenly % 14600 < 7300 then 1 else -1 end * (evenly % 7300 * (7300 - evenly % 7300) / 22222)) / 100) as wanted) as of_season,
  -- Of weekends most are moved into the week before. The first day is a Wednesday.
  lateral (select greatest(0, wanted - case
    when (wanted + 3) % 7 = 6 and n % 13 > 3 then 1 + n % 11 % 5
    when (wanted + 3) % 7 = 0 and n % 13 > 1 then 2 + n % 11 % 5
    else 0 end) as day) as of_week;

insert into clinic.prescriptions (id, workspace, patient_id, clinician, drug, days, at)
select n, (array['north', 'east', 'south'])[1 + patient % 3], patient,
  'Dr ' || (array['Adler', 'Baker', 'Conti', 'Diaz', 'Engel', 'Fontaine', 'Gupta'])[1 + n * 29 % 7],
  (array['amlodipine', 'metformin', 'salbutamol', 'ibuprofen', 'sertraline', 'omeprazole', 'nitrofurantoin', 'amoxicillin'])[1 + n * 53 % 8],
  7 * (1 + n * 59 % 12),
  timestamptz '2025-01-01 08:00+00' + (n::bigint * 104723 % 730) * interval '1 day' + (n * 61 % 600) * interval '1 minute'
from generate_series(1, 30000) as n, lateral (select 1 + (n::bigint * 7907 % 10000)::integer as patient) as of_patient;

-- New rows go on after these.
select setval(pg_get_serial_sequence('clinic.patients', 'id'), 10000),
  setval(pg_get_serial_sequence('clinic.visits', 'id'), 100000),
  setval(pg_get_serial_sequence('clinic.prescriptions', 'id'), 30000);

analyze clinic.patients;
analyze clinic.visits;
analyze clinic.prescriptions;
