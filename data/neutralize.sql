-- a copy of the database talks to X in nobody's name, and its links lead nowhere
UPDATE res_company
   SET twitter_client_secret_kept = NULL,
       twitter_has_client_secret = FALSE,
       twitter_public_url = NULL;
UPDATE twitter_link_request
   SET state = 'withdrawn', ended_at = now() AT TIME ZONE 'UTC'
 WHERE state = 'open';
DELETE FROM twitter_oauth_transaction;
DELETE FROM twitter_link_code;
DELETE FROM twitter_link_wizard;
