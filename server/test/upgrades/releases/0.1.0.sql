-- The rows of a SQLite database of Roster 0.1.0 as of 24 November 2026; its users have the password of the tests.
-- API key: rk_01a228dd4ed470009e341627e06c140e_VwnhZm5IK826xdcQUWVc4hNXMktnvrr2GUDhgHTUlsU

insert into "schema_migrations" ("name", "applied_at") values
  ('0001-users', '2026-11-29T19:51:34.883Z'),
  ('0002-access', '2026-11-29T19:51:34.945Z'),
  ('0003-operation', '2026-11-29T19:51:34.955Z'),
  ('0004-evidence', '2026-11-29T19:51:34.982Z'),
  ('0005-imported-passwords', '2026-11-29T19:51:35.004Z'),
  ('0006-account-requests', '2026-11-29T19:51:35.012Z');

insert into "roles" ("name", "description", "permissions", "version", "created_at", "updated_at") values
  ('admin', 'May do everything', '["users:read","users:write","users:delete","users:export","users:export_hashes","roles:read","roles:write","api_keys:write","audit:read"]', 1, '2026-11-29T19:51:43.227Z', '2026-11-29T19:51:43.227Z'),
  ('user', 'May manage their own account', '[]', 1, '2026-11-29T19:51:43.227Z', '2026-11-29T19:51:43.227Z'),
  ('auditor', 'Reads', '["users:read","audit:read"]', 1, '2026-11-29T19:52:01.910Z', '2026-11-29T19:52:01.910Z');

insert into "users" ("seq", "id", "username", "username_key", "email", "email_key", "email_verified_at", "first_name", "first_name_key", "last_name", "last_name_key", "search_text", "disabled_at", "external_id", "metadata", "version", "created_at", "updated_at", "last_login_at", "deleted_at") values
  (1, '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', 'ada', 'ada', 'ada@example.com', 'ada@example.com', '2026-11-29T19:51:43.979Z', null, null, null, null, 'ada
ada@example.com', null, null, '{}', 2, '2026-11-29T19:51:44.362Z', '2026-11-29T19:51:44.362Z', '2026-11-29T19:52:00.575Z', null),
  (2, '01a228dd-4b91-7000-a4d2-3c24e94d0f02', 'björn', 'björn', 'bjC3B6rn@example.com', 'bjc3b6rn@example.com', null, 'Björn', 'björn', 'O’Neil', 'o’neil', 'björn
bjc3b6rn@example.com
björn
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-29T19:52:01.165Z', '2026-11-29T19:52:01.165Z', null, null),
  (3, '01a228dd-4c38-7000-b62b-31b62c8371dc', 'chloe', 'chloe', 'chloe@example.com', 'chloe@example.com', null, 'Chloé', 'chloé', 'O’Neil', 'o’neil', 'chloe
chloe@example.com
chloé
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 3, '2026-11-29T19:52:01.336Z', '2026-11-29T19:52:02.184Z', '2026-11-29T19:52:02.581Z', null),
  (4, '01a228dd-4ce3-7000-965f-342c9d640864', 'dora', 'dora', 'dora@example.com', 'dora@example.com', null, 'Dora', 'dora', 'O’Neil', 'o’neil', 'dora
dora@example.com
dora
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 2, '2026-11-29T19:52:01.507Z', '2026-11-29T19:52:01.507Z', null, '2026-11-29T19:52:02.298Z'),
  (5, '01a228dd-4dfa-7000-a86c-55524dad2698', 'emil', 'emil', 'emil@example.com', 'emil@example.com', null, 'Emil', 'emil', 'O’Neil', 'o’neil', 'emil
emil@example.com
emil
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-29T19:52:01.786Z', '2026-11-29T19:52:01.786Z', null, null);

insert into "user_roles" ("user_id", "role") values
  ('01a228dd-09ea-7000-b2d7-fbc0371ad4a6', 'admin'),
  ('01a228dd-09ea-7000-b2d7-fbc0371ad4a6', 'user'),
  ('01a228dd-4b91-7000-a4d2-3c24e94d0f02', 'user'),
  ('01a228dd-4ce3-7000-965f-342c9d640864', 'user'),
  ('01a228dd-4dfa-7000-a86c-55524dad2698', 'user'),
  ('01a228dd-4c38-7000-b62b-31b62c8371dc', 'auditor'),
  ('01a228dd-4c38-7000-b62b-31b62c8371dc', 'user');

insert into "passwords" ("user_id", "hash", "changed_at", "failures", "imported") values
  ('01a228dd-09ea-7000-b2d7-fbc0371ad4a6', '$argon2id$v=19$m=19456,t=2,p=1$Ed6tyeGOe2PHmTrCgma5Cw$HgyjHDoO2Hqt4osj13nRicJMKFaqZ9YOnAuvMqk3o70', '2026-11-29T19:51:44.411Z', 0, null),
  ('01a228dd-4b91-7000-a4d2-3c24e94d0f02', '$argon2id$v=19$m=19456,t=2,p=1$Dsd1XVqkWAD5UCPGgImOqg$UMvp2LqPSEHwzfZGOZ5AE8YjtTRuPcgkfsbiZSYSYVA', '2026-11-29T19:52:01.199Z', 0, null),
  ('01a228dd-4c38-7000-b62b-31b62c8371dc', '$argon2id$v=19$m=19456,t=2,p=1$VzZXzRuf+o/s432nw9IEDg$PppTb64T81vO1oMq+/uCyaZZfpx5+t/U8kuH2dJbLRg', '2026-11-29T19:52:01.338Z', 0, null),
  ('01a228dd-4ce3-7000-965f-342c9d640864', '$argon2id$v=19$m=19456,t=2,p=1$70AclFCOlsQq45EIkYe0+w$Wkd5cUOh+2z6QedJqWUyNq+uszyuR6v5o68bIq9xg9w', '2026-11-29T19:52:01.511Z', 0, null),
  ('01a228dd-4dfa-7000-a86c-55524dad2698', '$argon2id$v=19$m=19456,t=2,p=1$S3bd3lPzEo3D9eTvIkgSiA$Hn1waNAlaLPiQCWmdDyOyaRmC4fDV2ypTa5vBgj+tH4', '2026-11-29T19:52:01.796Z', 0, null);

insert into "sessions" ("id", "user_id", "user_agent", "address", "auth_methods", "created_at", "last_seen_at", "expires_at", "ended_at", "end_reason") values
  ('01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', 'node', '127.0.0.1', 'pwd', '2026-11-29T19:52:00.577Z', '2026-11-29T19:52:00.577Z', '2026-12-29T19:52:00.612Z', null, null),
  ('01a228dd-5122-7000-b565-e2319c059da4', '01a228dd-4c38-7000-b62b-31b62c8371dc', 'node', '127.0.0.1', 'pwd', '2026-11-29T19:52:02.581Z', '2026-11-29T19:52:02.581Z', '2026-12-29T19:52:02.594Z', null, null);

insert into "refresh_tokens" ("hash", "session_id", "created_at", "expires_at", "used_at") values
  ('Fbh1ZcoT2AnHBuxbt4h52836H3k7UmRWq1wVmaD6GUU', '01a228dd-495b-7000-bdad-1b9532e172d0', '2026-11-29T19:52:00.628Z', '2026-12-06T19:52:00.628Z', null),
  ('z4DjhN7B_23lfmstmpNSSWzqzQ9J31MH9MzR_TgVAss', '01a228dd-5122-7000-b565-e2319c059da4', '2026-11-29T19:52:02.595Z', '2026-12-06T19:52:02.595Z', null);

insert into "signing_keys" ("id", "public_jwk", "private_jwk", "created_at", "active_at", "retired_at") values
  ('qL77GSjxGck-B_QmqrYCOZBYQopr4szuHEGsMXyy-e4', '{"crv":"Ed25519","x":"IchET06tD4up6d_wIY1J_Da04fMp2PapLPg3qal4Ffk","kty":"OKP","kid":"qL77GSjxGck-B_QmqrYCOZBYQopr4szuHEGsMXyy-e4","alg":"EdDSA","use":"sig"}', 'v1.y_6mw9hiXDcASGDrv3p6mfwKjkzGaDazKTvNx6tZZTO8hjNCbgYdFyBredhrcP17h15OGt2qOI6VcWyBFyTQxuoXLqNwOd7yNFfvK2G6vm3Fi2KrdgJKDyud6iuFqwkWwMPm7erQdL7kxHxcGShHpYe5irhGwQi3yxuSTY050qelHD2ECuW_Lz23_k77soGRt_DH3rgdM7NyBdxQ-w', '2026-11-29T19:51:43.779Z', '2026-11-29T19:51:43.298Z', null);

insert into "api_keys" ("id", "user_id", "name", "secret_hash", "permissions", "version", "created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", "expiry_noted_at") values
  ('01a228dd-4ed4-7000-9e34-1627e06c140e', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', 'sync', 'xN5MfSpln-vadKlw_IMdwE0HCbF-TCYMGxS4hxosmVA', '["users:read"]', 1, '2026-11-29T19:52:02.004Z', '2026-11-29T19:52:02.004Z', '9999-12-31T00:00:00.000Z', null, null, null);

insert into "one_time_tokens" ("hash", "purpose", "user_id", "email_key", "email", "created_at", "expires_at") values
  ('FcYaQ7JZZXxPs-X1I9GJIbW89A8r8ejl9iWbv1cxtIU', 'verify_email', '01a228dd-4b91-7000-a4d2-3c24e94d0f02', 'bjc3b6rn@example.com', 'bjC3B6rn@example.com', '2026-11-29T19:52:01.202Z', '2026-11-30T19:52:01.201Z'),
  ('mcxUD9a7uQsR2xrkXtDHPdDamVhdOW3xgGJOVwbw6zs', 'verify_email', '01a228dd-4c38-7000-b62b-31b62c8371dc', 'chloe@example.com', 'chloe@example.com', '2026-11-29T19:52:01.343Z', '2026-11-30T19:52:01.343Z'),
  ('05OxxN4ouOK_RBVrWjYHTMCgI7hz2JCBDABXNUQRbl8', 'verify_email', '01a228dd-4dfa-7000-a86c-55524dad2698', 'emil@example.com', 'emil@example.com', '2026-11-29T19:52:01.802Z', '2026-11-30T19:52:01.802Z');

insert into "audit_events" ("seq", "id", "at", "type", "outcome", "reason", "actor_kind", "actor_id", "api_key_id", "target_kind", "target_id", "changes", "address", "user_agent", "session_id", "request_id", "auth_methods") values
  (1, '01a228dd-07a4-7000-b2e9-8b0c906f6520', '2026-11-29T19:51:43.780Z', 'key.generated', 'success', null, 'system', null, null, 'signing_key', 'qL77GSjxGck-B_QmqrYCOZBYQopr4szuHEGsMXyy-e4', null, null, null, null, null, ''),
  (2, '01a228dd-07a5-7000-bea5-2d0072c62717', '2026-11-29T19:51:43.781Z', 'key.activated', 'success', null, 'system', null, null, 'signing_key', 'qL77GSjxGck-B_QmqrYCOZBYQopr4szuHEGsMXyy-e4', null, null, null, null, null, ''),
  (3, '01a228dd-0a1c-7000-9228-61a8facdddce', '2026-11-29T19:51:44.412Z', 'user.created', 'success', 'admin', 'system', null, null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, null, null, null, null, ''),
  (4, '01a228dd-498a-7000-b30b-ab7b13a89585', '2026-11-29T19:52:00.650Z', 'session.created', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'session', '01a228dd-495b-7000-bdad-1b9532e172d0', '{"user_id":"01a228dd-09ea-7000-b2d7-fbc0371ad4a6"}', '127.0.0.1', 'node', null, '01a228dd-4765-7000-a012-b6b85b75c15d', 'pwd'),
  (5, '01a228dd-498a-7001-90e8-8b7cf2f78f06', '2026-11-29T19:52:00.650Z', 'auth.login.success', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, '127.0.0.1', 'node', null, '01a228dd-4765-7000-a012-b6b85b75c15d', 'pwd'),
  (6, '01a228dd-4bb0-7000-a9d4-0baca8ae3e5e', '2026-11-29T19:52:01.200Z', 'user.created', 'success', 'admin', 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4b91-7000-a4d2-3c24e94d0f02', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4a5d-7000-9f31-f61d6a8994b8', 'token'),
  (7, '01a228dd-4bb4-7000-8f22-91cb9e75297b', '2026-11-29T19:52:01.204Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a228dd-4b91-7000-a4d2-3c24e94d0f02', null, null, null, null, null, ''),
  (8, '01a228dd-4c3b-7000-a41a-df860bd431e2', '2026-11-29T19:52:01.339Z', 'user.created', 'success', 'admin', 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4be9-7000-9ef4-b06e5bece280', 'token'),
  (9, '01a228dd-4c4c-7000-aedb-3f9a69bd103b', '2026-11-29T19:52:01.356Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, null, null, null, null, ''),
  (10, '01a228dd-4ce7-7000-8bb9-5a8e107d39bc', '2026-11-29T19:52:01.511Z', 'user.created', 'success', 'admin', 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4ce3-7000-965f-342c9d640864', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4cc4-7000-8313-44d1aeee778d', 'token'),
  (11, '01a228dd-4cf4-7000-ab6e-c537e621f218', '2026-11-29T19:52:01.524Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a228dd-4ce3-7000-965f-342c9d640864', null, null, null, null, null, ''),
  (12, '01a228dd-4e05-7000-8e3b-390410eee83c', '2026-11-29T19:52:01.797Z', 'user.created', 'success', 'admin', 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4dfa-7000-a86c-55524dad2698', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4d45-7000-94c8-193a66868b9a', 'token'),
  (13, '01a228dd-4e0d-7000-92bd-f96ab949e728', '2026-11-29T19:52:01.805Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a228dd-4dfa-7000-a86c-55524dad2698', null, null, null, null, null, ''),
  (14, '01a228dd-4e84-7000-9764-7b26dd591671', '2026-11-29T19:52:01.924Z', 'role.created', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'role', 'auditor', '{"permissions":["users:read","audit:read"]}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4e61-7000-b5a3-76c55ab076a0', 'token'),
  (15, '01a228dd-4ee1-7000-b8be-622249b0cf71', '2026-11-29T19:52:02.017Z', 'apikey.created', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'api_key', '01a228dd-4ed4-7000-9e34-1627e06c140e', '{"permissions":["users:read"]}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4eb1-7000-a2d2-2e1e1603ad15', 'token'),
  (16, '01a228dd-4f89-7000-850f-810cbfe908f5', '2026-11-29T19:52:02.192Z', 'role.assigned', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', '{"roles":["auditor"]}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4f39-7000-885a-a5747e397f21', 'token'),
  (17, '01a228dd-4f91-7000-a90f-39e8755984c3', '2026-11-29T19:52:02.193Z', 'user.updated', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', '{"fields":["roles"]}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4f39-7000-885a-a5747e397f21', 'token'),
  (18, '01a228dd-500d-7000-b8ba-11b830abf86d', '2026-11-29T19:52:02.323Z', 'user.deleted', 'success', null, 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4ce3-7000-965f-342c9d640864', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-4fdf-7000-b2e0-98387ae05aef', 'token'),
  (19, '01a228dd-50a2-7000-98dd-7a9111ffbfda', '2026-11-29T19:52:02.466Z', 'auth.login.failure', 'failure', 'wrong_password', 'user', '01a228dd-09ea-7000-b2d7-fbc0371ad4a6', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-5032-7000-b0e5-dd315a0175f2', 'token'),
  (20, '01a228dd-5114-7000-99e6-b99783b6148d', '2026-11-29T19:52:02.580Z', 'auth.login.success_after_failures', 'success', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', '{"failures":1}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-50c3-7000-9bea-caa371ee7054', 'pwd'),
  (21, '01a228dd-5123-7000-99b5-d5a95695e68f', '2026-11-29T19:52:02.595Z', 'session.created', 'success', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, 'session', '01a228dd-5122-7000-b565-e2319c059da4', '{"user_id":"01a228dd-4c38-7000-b62b-31b62c8371dc"}', '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-50c3-7000-9bea-caa371ee7054', 'pwd'),
  (22, '01a228dd-5123-7001-ac6c-05a9e083f614', '2026-11-29T19:52:02.595Z', 'auth.login.success', 'success', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, 'user', '01a228dd-4c38-7000-b62b-31b62c8371dc', null, '127.0.0.1', 'node', '01a228dd-495b-7000-bdad-1b9532e172d0', '01a228dd-50c3-7000-9bea-caa371ee7054', 'pwd');

insert into "mail_outbox" ("id", "template", "content", "created_at", "expires_at", "attempts", "next_attempt_at", "leased_until", "sent_at", "failed_at", "last_error") values
  ('01a228dd-4bb3-7000-9dd6-aa05f2e73523', 'verify-email', '', '2026-11-29T19:52:01.203Z', '2026-11-30T19:52:01.201Z', 0, '2026-11-29T19:52:01.203Z', null, '2026-11-29T19:52:01.448Z', null, null),
  ('01a228dd-4c47-7000-a12d-6d0c3a5215a2', 'verify-email', '', '2026-11-29T19:52:01.356Z', '2026-11-30T19:52:01.343Z', 0, '2026-11-29T19:52:01.356Z', null, '2026-11-29T19:52:01.473Z', null, null),
  ('01a228dd-4cf2-7000-a13f-bca769f40efb', 'verify-email', '', '2026-11-29T19:52:01.522Z', '2026-11-30T19:52:01.515Z', 0, '2026-11-29T19:52:01.522Z', null, '2026-11-29T19:52:01.695Z', null, null),
  ('01a228dd-4e0c-7000-8760-7066711ae125', 'verify-email', '', '2026-11-29T19:52:01.804Z', '2026-11-30T19:52:01.802Z', 0, '2026-11-29T19:52:01.804Z', null, '2026-11-29T19:52:02.093Z', null, null);
