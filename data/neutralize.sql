-- a copy of the database talks to X in nobody's name, and its links lead nowhere
UPDATE res_company
   SET twitter_client_secret_kept = NULL,
       twitter_has_client_secret = FALSE,
       twitter_bearer_token_kept = NULL,
       twitter_has_bearer_token = FALSE,
       twitter_public_url = NULL,
       twitter_sign_in = FALSE;
UPDATE twitter_link_request
   SET state = 'withdrawn', ended_at = now() AT TIME ZONE 'UTC'
 WHERE state = 'open';
DELETE FROM twitter_oauth_transaction;
DELETE FROM twitter_link_code;
DELETE FROM twitter_sign_up;
DELETE FROM twitter_password_mail;
DELETE FROM twitter_link_wizard;
DELETE FROM twitter_undo;
-- mails with a link or a code belong to no record; those that wait are not for a copy
DELETE FROM mail_mail
 WHERE state IN ('outgoing', 'exception')
   AND headers LIKE '%X-Auto-Response-Suppress%';
UPDATE ir_cron
   SET active = FALSE
  FROM ir_model_data
 WHERE ir_model_data.model = 'ir.cron'
   AND ir_model_data.module = 'helpdesk_twitter_identity'
   AND ir_model_data.res_id = ir_cron.id;
