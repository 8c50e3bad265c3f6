-- Schema of the workspace database, version 5. The number in `meta` and SCHEMA_VERSION in database.py change together.
--
-- Everything but `judgements` and `translations` is computed: it can be taken in again from the corpus and run folders.
-- Corpora and runs have a whole number beside their id, and the big tables refer to that number: rows of one run lie
-- together, so DuckDB passes over all other runs by the smallest and largest number of each block. There are no
-- indexes on the big tables, because they make bulk inserts many times slower and such a scan takes milliseconds.
-- Times are ISO 8601 text in UTC.

CREATE TABLE meta (schema_version INTEGER NOT NULL);

CREATE SEQUENCE corpus_numbers;
CREATE SEQUENCE run_numbers;

CREATE TABLE corpora (
    id VARCHAR PRIMARY KEY,
    number INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    source VARCHAR NOT NULL,            -- name of the text file it was made from
    sentences BIGINT NOT NULL,
    words BIGINT NOT NULL,
    types BIGINT NOT NULL,              -- different words, as written
    report JSON NOT NULL,
    added VARCHAR NOT NULL
);

CREATE TABLE sentences (                -- inserted by corpus and position
    corpus INTEGER NOT NULL,
    position BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    words VARCHAR[] NOT NULL
);

CREATE TABLE runs (
    id VARCHAR PRIMARY KEY,
    number INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    system VARCHAR NOT NULL,
    state VARCHAR NOT NULL,             -- finished, failed, cancelled or interrupted
    stage VARCHAR NOT NULL,             -- where it was when it ended
    src_language VARCHAR NOT NULL,
    trg_language VARCHAR NOT NULL,
    src_corpus VARCHAR,                 -- id in corpora; NULL when there is none, or none that fits
    trg_corpus VARCHAR,
    encoder VARCHAR NOT NULL,
    seed BIGINT,
    iterations INTEGER NOT NULL,
    mined_pairs BIGINT NOT NULL,        -- distinct places
    steps INTEGER,
    best_step INTEGER,
    config JSON NOT NULL,
    versions JSON NOT NULL,
    summary JSON,                       -- finished runs only
    error VARCHAR,
    started VARCHAR,
    finished VARCHAR,
    seconds DOUBLE,
    folder VARCHAR NOT NULL,
    word_pairs BIGINT,                  -- distinct places whose two words both hold a letter
    scored_pairs BIGINT                 -- distinct places with a CSLS; 0 where the pairs of the run were not scored
);

CREATE TABLE minings (                  -- four rows an iteration
    run INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    direction VARCHAR NOT NULL,         -- forward, backward, mutual (both), union (either)
    pairs BIGINT,
    mean_similarity DOUBLE,
    src_words BIGINT,
    trg_words BIGINT,
    candidates BIGINT,
    sentence_pairs BIGINT,
    multi_pair_share DOUBLE,
    seconds DOUBLE
);

CREATE TABLE mined_pairs (              -- inserted by run and by_similarity
    run INTEGER NOT NULL,
    pair_id BIGINT NOT NULL,            -- 0, 1, ... in the order iteration, src sentence, trg sentence, src word, trg word
    sentence_pair BIGINT NOT NULL,      -- the first pair_id of the same iteration, src sentence and trg sentence
    iteration INTEGER NOT NULL,
    src_sentence BIGINT NOT NULL,
    src_word INTEGER NOT NULL,
    src_token VARCHAR NOT NULL,
    trg_sentence BIGINT NOT NULL,
    trg_word INTEGER NOT NULL,
    trg_token VARCHAR NOT NULL,
    similarity FLOAT,                   -- cosine; NULL when it was never computed
    forward BOOLEAN NOT NULL,
    backward BOOLEAN NOT NULL,
    multi BOOLEAN NOT NULL,             -- its sentence pair has several pairs in this iteration
    letters BOOLEAN NOT NULL,           -- both words hold a letter
    by_similarity INTEGER NOT NULL,     -- place in the run from most to least similar, from 0
    by_src_token INTEGER NOT NULL,      -- place in the run by lower-case source word, the most similar first
    by_trg_token INTEGER NOT NULL,
    by_src_before INTEGER,              -- place of the word's occurrence by the words before it, the nearest first; NULL when the
    by_src_after INTEGER,               -- corpus is not in the database (contexts.py)
    by_trg_before INTEGER,
    by_trg_after INTEGER,
    place BIGINT,                       -- pair_id of the first pair with the same two word occurrences: each distinct place has one
    found_in INTEGER,                   -- how many iterations found a pair at this place
    cosine_before FLOAT,                -- these nine from pair-scores.parquet (files/schemas.py); NULL where not scored
    cosine FLOAT,
    csls FLOAT,
    src_hubness FLOAT,
    trg_hubness FLOAT,
    alike TINYINT,
    in_lexicon BOOLEAN,
    src_frequent BOOLEAN,
    trg_frequent BOOLEAN
);

CREATE TABLE curves (
    run INTEGER NOT NULL,
    step INTEGER NOT NULL,
    name VARCHAR NOT NULL,              -- loss, learning_rate, criterion, src_norm, ...
    value DOUBLE,
    seconds DOUBLE                      -- since the start of the run
);

CREATE TABLE metrics (
    run INTEGER NOT NULL,
    step INTEGER NOT NULL,
    split VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,         -- src2trg, trg2src, mean
    name VARCHAR NOT NULL,
    "when" VARCHAR NOT NULL,            -- before, after
    value DOUBLE,
    low DOUBLE,
    high DOUBLE
);

CREATE TABLE test_sentences (
    run INTEGER NOT NULL,
    position BIGINT NOT NULL,
    src_words VARCHAR[] NOT NULL,
    trg_words VARCHAR[] NOT NULL
);

CREATE TABLE retrieval (                -- two rows a gold link, one for each direction; sentences are test_sentences
    run INTEGER NOT NULL,
    link INTEGER NOT NULL,
    direction VARCHAR NOT NULL,         -- src2trg, trg2src
    src_sentence BIGINT NOT NULL,
    src_word INTEGER NOT NULL,
    src_token VARCHAR NOT NULL,
    trg_sentence BIGINT NOT NULL,
    trg_word INTEGER NOT NULL,
    trg_token VARCHAR NOT NULL,
    hit_before BOOLEAN NOT NULL,
    hit_after BOOLEAN NOT NULL,
    answer_before_sentence INTEGER NOT NULL,  -- the word that was retrieved; -1 when there was none
    answer_before_word INTEGER NOT NULL,
    answer_after_sentence INTEGER NOT NULL,
    answer_after_word INTEGER NOT NULL
);

CREATE TABLE judgements (               -- a person's work; the file judgements.jsonl holds every row as well
    id VARCHAR PRIMARY KEY,
    run_id VARCHAR NOT NULL,            -- where it was judged; the row stays when the run is removed
    src_corpus VARCHAR NOT NULL,        -- '' when the run has no corpora: then the pair is known by its run
    src_sentence BIGINT NOT NULL,
    src_word INTEGER NOT NULL,
    src_token VARCHAR NOT NULL,
    trg_corpus VARCHAR NOT NULL,
    trg_sentence BIGINT NOT NULL,
    trg_word INTEGER NOT NULL,
    trg_token VARCHAR NOT NULL,
    annotator VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    time VARCHAR NOT NULL,
    sample VARCHAR DEFAULT ''           -- the sample in which the pair was drawn; '' when somebody picked it
);

CREATE VIEW standing_judgements AS      -- the last word of each annotator on each pair
SELECT * FROM judgements
QUALIFY row_number() OVER (
    PARTITION BY src_corpus, src_sentence, src_word, trg_corpus, trg_sentence, trg_word, annotator,
                 CASE WHEN src_corpus = '' THEN run_id END
    ORDER BY time DESC, id DESC
) = 1;

CREATE TABLE translations (             -- of sentences, typed by people; the file translations.jsonl holds every row as well
    id VARCHAR PRIMARY KEY,
    language VARCHAR NOT NULL,          -- of the sentence
    sentence VARCHAR NOT NULL,          -- its text, so that it is known again in any corpus
    translation VARCHAR NOT NULL,       -- '' takes the earlier one back
    annotator VARCHAR NOT NULL,
    time VARCHAR NOT NULL
);

CREATE TABLE type_pairs (               -- pairs of word types of a run that makes them: type-pairs.parquet
    run INTEGER NOT NULL,
    src_word VARCHAR NOT NULL,
    trg_word VARCHAR NOT NULL,
    src_count BIGINT NOT NULL,
    trg_count BIGINT NOT NULL,
    similarity FLOAT,
    csls FLOAT,
    mutual BOOLEAN NOT NULL,
    expected_precision FLOAT
);

CREATE TABLE dictionary_entries (       -- what people say about translations; the file dictionary.jsonl holds every row as well
    id VARCHAR PRIMARY KEY,
    src_language VARCHAR NOT NULL,
    trg_language VARCHAR NOT NULL,
    headword VARCHAR NOT NULL,          -- in lower case
    translation VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,           -- accepted, added, rejected, withdrawn
    note VARCHAR NOT NULL,
    annotator VARCHAR NOT NULL,
    time VARCHAR NOT NULL
);

CREATE VIEW standing_entries AS         -- the last word on each pair of words
SELECT * FROM dictionary_entries
QUALIFY row_number() OVER (PARTITION BY src_language, trg_language, headword, translation ORDER BY time DESC, id DESC) = 1;

CREATE TABLE scanned (                  -- what `sync` saw last, so that it can pass over what has not changed
    kind VARCHAR NOT NULL,              -- run, corpus
    id VARCHAR NOT NULL,
    stamp VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,            -- why the folder was left out; '' when it was taken in
    time VARCHAR NOT NULL,
    PRIMARY KEY (kind, id)
);
