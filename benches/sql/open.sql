-- Opens a transaction for the client with key hash $1 and purpose $2 (none: its default) on day $3. Each column is what the
-- setting panoh.NAME must hold in further transactions.
SELECT opened.*, $3::text AS day FROM wall.open($1, $2, $3::date) AS opened
