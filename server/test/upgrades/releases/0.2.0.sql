-- The rows of a SQLite database of Roster 0.2.0; its users have the password of the tests.
-- API key: rk_01a22a7cda07700084a50f465ec9987f_A2-Ii1xd-rj9bxSY2qGDr3AU8c8sQl6pbiQWGR4fepQ

insert into "schema_migrations" ("name", "applied_at") values
  ('0001-users', '2026-11-30T03:25:53.460Z'),
  ('0002-access', '2026-11-30T03:25:53.603Z'),
  ('0003-operation', '2026-11-30T03:25:53.651Z'),
  ('0004-evidence', '2026-11-30T03:25:53.662Z'),
  ('0005-imported-passwords', '2026-11-30T03:25:53.665Z'),
  ('0006-account-requests', '2026-11-30T03:25:53.668Z'),
  ('0007-browser-sessions', '2026-11-30T03:25:53.673Z'),
  ('0008-proofs', '2026-11-30T03:25:53.677Z'),
  ('0009-limits', '2026-11-30T03:25:53.685Z'),
  ('0010-sign-ups', '2026-11-30T03:25:53.688Z'),
  ('0011-factors', '2026-11-30T03:25:53.692Z'),
  ('0013-applications', '2026-11-30T03:25:53.697Z'),
  ('0014-passkeys', '2026-11-30T03:25:53.700Z'),
  ('0015-factor-duties', '2026-11-30T03:25:53.702Z'),
  ('0016-imported-hash-work', '2026-11-30T03:25:53.710Z'),
  ('0017-reliability', '2026-11-30T03:25:53.714Z'),
  ('0018-connected-applications', '2026-11-30T03:25:53.721Z'),
  ('0019-identities', '2026-11-30T03:25:53.725Z'),
  ('0020-groups', '2026-11-30T03:25:53.729Z'),
  ('0021-scim', '2026-11-30T03:25:53.731Z'),
  ('0022-events', '2026-11-30T03:25:53.738Z'),
  ('0023-statistics', '2026-11-30T03:25:53.743Z'),
  ('0024-bulk-jobs', '2026-11-30T03:25:53.746Z'),
  ('0025-username-looks', '2026-11-30T03:25:53.752Z'),
  ('0026-factor-rules', '2026-11-30T03:25:53.758Z'),
  ('0027-trusted-browsers', '2026-11-30T03:25:53.760Z'),
  ('0028-previous-usernames', '2026-11-30T03:25:53.763Z'),
  ('0030-scim-connections', '2026-11-30T03:25:53.784Z'),
  ('0031-profiles', '2026-11-30T03:25:53.792Z'),
  ('0032-optional-addresses', '2026-11-30T03:25:53.799Z'),
  ('0034-looks-with-rn', '2026-11-30T03:25:53.806Z'),
  ('0035-email-sign-ins', '2026-11-30T03:25:53.818Z'),
  ('0036-wrong-codes-in-a-row', '2026-11-30T03:25:53.829Z'),
  ('0038-records-of-grants', '2026-11-30T03:25:53.831Z');

insert into "roles" ("name", "description", "permissions", "version", "created_at", "updated_at", "second_factor_since") values
  ('admin', 'May do everything', '["users:read","users:write","users:support","users:delete","users:export","users:export_hashes","roles:read","roles:write","groups:read","groups:write","scim:read","scim:write","api_keys:write","api_keys:unattended","api_keys:admin","applications:read","applications:write","identity_providers:read","identity_providers:write","audit:read","settings:read","settings:write","events:read","webhooks:read","webhooks:write"]', 1, '2026-11-30T03:25:53.833Z', '2026-11-30T03:25:53.833Z', null),
  ('user', 'May manage their own account', '[]', 1, '2026-11-30T03:25:53.833Z', '2026-11-30T03:25:53.833Z', null),
  ('auditor', 'Reads', '["users:read","audit:read"]', 1, '2026-11-30T03:25:54.925Z', '2026-11-30T03:25:54.925Z', null);

insert into "users" ("seq", "id", "username", "username_key", "email", "email_key", "email_verified_at", "first_name", "first_name_key", "last_name", "last_name_key", "search_text", "disabled_at", "external_id", "metadata", "version", "created_at", "updated_at", "last_login_at", "deleted_at", "previous_username_key", "profile") values
  (1, '01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'ada', 'ada', 'ada@example.com', 'ada@example.com', null, null, null, null, null, 'ada
ada@example.com', null, null, '{}', 2, '2026-11-30T03:25:53.980Z', '2026-11-30T03:25:53.980Z', '2026-11-30T03:25:54.196Z', null, null, '{}'),
  (2, '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', 'björn', 'björn', 'bjC3B6rn@example.com', 'bjc3b6rn@example.com', null, 'Björn', 'björn', 'O’Neil', 'o’neil', 'björn
bjc3b6rn@example.com
björn
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-30T03:25:54.525Z', '2026-11-30T03:25:54.525Z', null, null, null, '{}'),
  (3, '01a22a7c-d811-7000-a1f3-7383516800df', 'chloe', 'chloe', 'chloe@example.com', 'chloe@example.com', null, 'Chloé', 'chloé', 'O’Neil', 'o’neil', 'chloe
chloe@example.com
chloé
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 3, '2026-11-30T03:25:54.610Z', '2026-11-30T03:25:54.988Z', '2026-11-30T03:25:55.055Z', null, null, '{}'),
  (4, '01a22a7c-d856-7000-8ee2-5955ff1b1355', 'dora', 'dora', 'dora@example.com', 'dora@example.com', null, 'Dora', 'dora', 'O’Neil', 'o’neil', 'dora
dora@example.com
dora
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 2, '2026-11-30T03:25:54.764Z', '2026-11-30T03:25:54.764Z', null, '2026-11-30T03:25:55.011Z', null, '{}'),
  (5, '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', 'emil', 'emil', 'emil@example.com', 'emil@example.com', null, 'Emil', 'emil', 'O’Neil', 'o’neil', 'emil
emil@example.com
emil
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-30T03:25:54.897Z', '2026-11-30T03:25:54.897Z', null, null, null, '{}');

insert into "user_roles" ("user_id", "role") values
  ('01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'admin'),
  ('01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'user'),
  ('01a22a7c-d7a8-7000-91a3-f5a4886e6f61', 'user'),
  ('01a22a7c-d856-7000-8ee2-5955ff1b1355', 'user'),
  ('01a22a7c-d916-7000-b4bf-e0f0b368b0f9', 'user'),
  ('01a22a7c-d811-7000-a1f3-7383516800df', 'auditor'),
  ('01a22a7c-d811-7000-a1f3-7383516800df', 'user');

insert into "passwords" ("user_id", "hash", "changed_at", "failures", "imported", "imported_work", "must_change_since") values
  ('01a22a7c-d59e-7000-ba8f-60dacf61bb00', '$argon2id$v=19$m=19456,t=2,p=1$O1tUuYwGhXIWdaFLCXEz0Q$ebrNCkFl5rYlWkv9VKFyj5gl1jpB6cgpRq9osOFRQ2s', '2026-11-30T03:25:53.984Z', 0, null, null, null),
  ('01a22a7c-d7a8-7000-91a3-f5a4886e6f61', '$argon2id$v=19$m=19456,t=2,p=1$eyuq97E3nK02vnHydtoZ1w$7GJFP1qtujWl0EJVRBPJnVUC9SdZLFn/MpW/zugSzh0', '2026-11-30T03:25:54.528Z', 0, null, null, null),
  ('01a22a7c-d811-7000-a1f3-7383516800df', '$argon2id$v=19$m=19456,t=2,p=1$6A2suEYTUArHnmISeOITAQ$PvLJLj7IfPoYimtRPg4eR3MJIHC/6bnO3cX7meLaFgw', '2026-11-30T03:25:54.612Z', 0, null, null, null),
  ('01a22a7c-d856-7000-8ee2-5955ff1b1355', '$argon2id$v=19$m=19456,t=2,p=1$jh/YEMEnMsRll41+hSo3sA$RFy9btiHM3SGLGP2VXQjBok+/qChoS7tFmmJkNwkU2o', '2026-11-30T03:25:54.793Z', 0, null, null, null),
  ('01a22a7c-d916-7000-b4bf-e0f0b368b0f9', '$argon2id$v=19$m=19456,t=2,p=1$kRsdNsM4ndkDyvNCwSVSMw$6iUl8vC+toawQLbWB5RT9ybCkVLjpvFfzIoQy+DfQUo', '2026-11-30T03:25:54.899Z', 0, null, null, null);

insert into "sessions" ("id", "user_id", "user_agent", "address", "auth_methods", "created_at", "last_seen_at", "expires_at", "ended_at", "end_reason", "kind", "cookie_hash", "latest_expiry", "proven_at") values
  ('01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'node', '127.0.0.1', 'pwd', '2026-11-30T03:25:54.202Z', '2026-11-30T03:25:54.202Z', '2026-12-30T03:25:54.203Z', null, null, 'api', null, null, '2026-11-30T03:25:54.202Z'),
  ('01a22a7c-d9f0-7000-810e-08aee6acb6c3', '01a22a7c-d811-7000-a1f3-7383516800df', 'node', '127.0.0.1', 'pwd', '2026-11-30T03:25:55.056Z', '2026-11-30T03:25:55.056Z', '2026-12-30T03:25:55.056Z', null, null, 'api', null, null, '2026-11-30T03:25:55.056Z');

insert into "refresh_tokens" ("hash", "session_id", "created_at", "expires_at", "used_at") values
  ('3_Zp1aL--7fk6nADEwIPDfrkfg4MxYRGP7jcifc2xzU', '01a22a7c-d69b-7000-afdf-990b0593e30a', '2026-11-30T03:25:54.204Z', '2026-12-07T03:25:54.204Z', null),
  ('lmMH0sXcZcIxquVh4Fi2AkkCCkPQp-prsskMrkH0n6g', '01a22a7c-d9f0-7000-810e-08aee6acb6c3', '2026-11-30T03:25:55.056Z', '2026-12-07T03:25:55.056Z', null);

insert into "signing_keys" ("id", "public_jwk", "private_jwk", "created_at", "active_at", "retired_at") values
  ('fq2OASmNL9H4KA3ilGwwQteEAJbXqn-6w8NPVfEDvzY', '{"crv":"Ed25519","x":"D80oYitnZ-29i8oIdgYbjWCw3XtddjX_SpsTItGhSR4","kty":"OKP","kid":"fq2OASmNL9H4KA3ilGwwQteEAJbXqn-6w8NPVfEDvzY","alg":"EdDSA","use":"sig"}', 'v1.HrpwgbrPxXW9xhfbL4EqbHoub2WWWuI75P_UModJ-FB8gjjEVYWIMbCIS_1DOth62omtfTBcDN5qqlqfjTwKoY5yaP-T2i1Vpik7ueqkfa9fnuFCO7bN9jZioYdACSiQ-vZy7iNJ5nT_VVyBJxjfkUzr1f3NMh5KmB4ONs62wElbMFCN-dPm-sKFwmVSRHEFxWR_Ky4S59glwjthuw', '2026-11-30T03:25:53.854Z', '2026-11-30T03:25:53.838Z', null);

insert into "api_keys" ("id", "user_id", "name", "secret_hash", "permissions", "version", "created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", "expiry_noted_at") values
  ('01a22a7c-da07-7000-84a5-0f465ec9987f', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'sync', '28WEMRGzl-k01fJRzNxt3Pdsd3Py9yA4qtUBTTO0C8M', '["users:read"]', 1, '2026-11-30T03:25:55.079Z', '2026-11-30T03:25:55.079Z', '2027-02-28T03:25:55.079Z', null, null, null);

insert into "one_time_tokens" ("hash", "purpose", "user_id", "email_key", "email", "created_at", "expires_at") values
  ('RXDacg_9Sjp6KTXFhBCFCnkc8FGZ-3HQN1C4FtgJiwk', 'verify_email', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', 'ada@example.com', 'ada@example.com', '2026-11-30T03:25:53.986Z', '2026-12-01T03:25:53.986Z'),
  ('-SLjtTsakcJ4cpVsxQiMebVFuLf_CTojYBV_Zo4SgKc', 'verify_email', '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', 'bjc3b6rn@example.com', 'bjC3B6rn@example.com', '2026-11-30T03:25:54.529Z', '2026-12-01T03:25:54.529Z'),
  ('t5r1ox857CLR8jutmNz7F2sF8q_awC0X1uYwh1LI2HU', 'verify_email', '01a22a7c-d811-7000-a1f3-7383516800df', 'chloe@example.com', 'chloe@example.com', '2026-11-30T03:25:54.613Z', '2026-12-01T03:25:54.613Z'),
  ('oeQkflBSMacqu1o9V5A6TELldPEaosvmuefiZLHKd1U', 'verify_email', '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', 'emil@example.com', 'emil@example.com', '2026-11-30T03:25:54.900Z', '2026-12-01T03:25:54.900Z');

insert into "audit_events" ("seq", "id", "at", "type", "outcome", "reason", "actor_kind", "actor_id", "api_key_id", "target_kind", "target_id", "changes", "address", "user_agent", "session_id", "request_id", "auth_methods") values
  (1, '01a22a7c-d53f-7000-9660-164cfd3eecb5', '2026-11-30T03:25:53.855Z', 'key.generated', 'success', null, 'system', null, null, 'signing_key', 'fq2OASmNL9H4KA3ilGwwQteEAJbXqn-6w8NPVfEDvzY', null, null, null, null, null, ''),
  (2, '01a22a7c-d541-7000-aaef-7b2e9ee3738b', '2026-11-30T03:25:53.857Z', 'key.activated', 'success', null, 'system', null, null, 'signing_key', 'fq2OASmNL9H4KA3ilGwwQteEAJbXqn-6w8NPVfEDvzY', null, null, null, null, null, ''),
  (3, '01a22a7c-d5c1-7000-ab0b-e38b0804b4ba', '2026-11-30T03:25:53.985Z', 'user.created', 'success', 'admin', 'system', null, null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, null, null, null, null, ''),
  (4, '01a22a7c-d5c4-7000-a66a-94396e8dbf36', '2026-11-30T03:25:53.988Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, null, null, null, null, ''),
  (5, '01a22a7c-d6a1-7000-a854-fe56d0742b8f', '2026-11-30T03:25:54.209Z', 'session.created', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'session', '01a22a7c-d69b-7000-afdf-990b0593e30a', '{"user_id":"01a22a7c-d59e-7000-ba8f-60dacf61bb00"}', '127.0.0.1', 'node', null, '01a22a7c-d5fe-7000-80e6-8f18ec265602', 'pwd'),
  (6, '01a22a7c-d6a1-7001-871b-a85c1dcba502', '2026-11-30T03:25:54.209Z', 'auth.login.success', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, '127.0.0.1', 'node', null, '01a22a7c-d5fe-7000-80e6-8f18ec265602', 'pwd'),
  (7, '01a22a7c-d7e0-7000-8aa9-a4004cf65451', '2026-11-30T03:25:54.528Z', 'user.created', 'success', 'admin', 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d775-7000-9903-d10c529186ed', 'token'),
  (8, '01a22a7c-d7e9-7000-98c9-4d91d6533daf', '2026-11-30T03:25:54.537Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', null, null, null, null, null, ''),
  (9, '01a22a7c-d834-7000-8367-26fc0a0b940a', '2026-11-30T03:25:54.612Z', 'user.created', 'success', 'admin', 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d80f-7000-a38b-75dd952d86c6', 'token'),
  (10, '01a22a7c-d839-7000-a4ba-330dd0f45f6d', '2026-11-30T03:25:54.617Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', null, null, null, null, null, ''),
  (11, '01a22a7c-d8ea-7000-b138-397081463d6d', '2026-11-30T03:25:54.794Z', 'user.created', 'success', 'admin', 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d856-7000-8ee2-5955ff1b1355', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d855-7000-a179-bd4d502992fc', 'token'),
  (12, '01a22a7c-d8ec-7000-9473-22b7faab22a7', '2026-11-30T03:25:54.796Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a7c-d856-7000-8ee2-5955ff1b1355', null, null, null, null, null, ''),
  (13, '01a22a7c-d954-7000-8d7d-c13feaa4b79b', '2026-11-30T03:25:54.900Z', 'user.created', 'success', 'admin', 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d90d-7000-a9a2-895aa85b3e02', 'token'),
  (14, '01a22a7c-d959-7000-a4d7-a009956914e1', '2026-11-30T03:25:54.905Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', null, null, null, null, null, ''),
  (15, '01a22a7c-d96e-7000-a398-86590a64d29d', '2026-11-30T03:25:54.926Z', 'role.created', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'role', 'auditor', '{"permissions":["users:read","audit:read"],"second_factor_required":false}', '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d967-7000-8810-89fae3d968fd', 'token'),
  (16, '01a22a7c-d9ad-7000-8b5f-4084a0bd684d', '2026-11-30T03:25:54.989Z', 'role.assigned', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', '{"roles":["auditor"]}', '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d99a-7000-84a4-8a81560bd709', 'token'),
  (17, '01a22a7c-d9ad-7002-82c8-9ab74ca89824', '2026-11-30T03:25:54.989Z', 'user.updated', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', '{"fields":["roles"]}', '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d99a-7000-84a4-8a81560bd709', 'token'),
  (18, '01a22a7c-d9c8-7000-9977-54771f0c2a63', '2026-11-30T03:25:55.016Z', 'user.deleted', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'user', '01a22a7c-d856-7000-8ee2-5955ff1b1355', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d9c0-7000-983f-c1ac7db2753f', 'token'),
  (19, '01a22a7c-d9f0-7001-8a88-853bcbbd6734', '2026-11-30T03:25:55.056Z', 'session.created', 'success', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', null, 'session', '01a22a7c-d9f0-7000-810e-08aee6acb6c3', '{"user_id":"01a22a7c-d811-7000-a1f3-7383516800df"}', '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d9d3-7000-a041-e6d6daae0248', 'pwd'),
  (20, '01a22a7c-d9f0-7002-af38-43fb2dbaef7c', '2026-11-30T03:25:55.056Z', 'auth.login.success', 'success', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', null, 'user', '01a22a7c-d811-7000-a1f3-7383516800df', null, '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-d9d3-7000-a041-e6d6daae0248', 'pwd'),
  (21, '01a22a7c-da0b-7000-88f5-ab52446609dd', '2026-11-30T03:25:55.083Z', 'apikey.created', 'success', null, 'user', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null, 'api_key', '01a22a7c-da07-7000-84a5-0f465ec9987f', '{"permissions":["users:read"]}', '127.0.0.1', 'node', '01a22a7c-d69b-7000-afdf-990b0593e30a', '01a22a7c-da01-7000-b794-e12ec95cdaab', 'token');

insert into "mail_outbox" ("id", "template", "content", "created_at", "expires_at", "attempts", "next_attempt_at", "leased_until", "sent_at", "failed_at", "last_error", "priority") values
  ('01a22a7c-d5c3-7000-9de0-c7eb019905a2', 'verify-email', '', '2026-11-30T03:25:53.987Z', '2026-12-01T03:25:53.986Z', 0, '2026-11-30T03:25:53.987Z', null, '2026-11-30T03:25:54.123Z', null, null, 2),
  ('01a22a7c-d7e1-7000-97e8-1a3e4d96013f', 'verify-email', '', '2026-11-30T03:25:54.529Z', '2026-12-01T03:25:54.529Z', 0, '2026-11-30T03:25:54.529Z', null, '2026-11-30T03:25:54.792Z', null, null, 2),
  ('01a22a7c-d836-7000-a062-678ff6941e9e', 'verify-email', '', '2026-11-30T03:25:54.615Z', '2026-12-01T03:25:54.613Z', 0, '2026-11-30T03:25:54.616Z', null, '2026-11-30T03:25:54.803Z', null, null, 2),
  ('01a22a7c-d8eb-7000-90a2-2a91c75de03b', 'verify-email', '', '2026-11-30T03:25:54.796Z', '2026-12-01T03:25:54.794Z', 0, '2026-11-30T03:25:54.796Z', null, '2026-11-30T03:25:54.861Z', null, null, 2),
  ('01a22a7c-d954-7002-9a81-aa13096f06c6', 'verify-email', '', '2026-11-30T03:25:54.901Z', '2026-12-01T03:25:54.900Z', 0, '2026-11-30T03:25:54.901Z', null, '2026-11-30T03:25:54.963Z', null, null, 2),
  ('01a22a7c-da10-7000-b11c-f2a7adf096f5', 'api-key-created', 'v1.dBJdUkiIohwjeWJQ3eZ1B-cAEeTAkoM0imVbER8wk6FdgpCoMCefa2HQnhb7AgL41tcqZH86bhCbE8WjFbt2wqnvnQq8A54MTOHY7lprjbSLz4NLNkDd4vmCD6RgzbT2qrLZX52dNoHsJ9IoyXDde8vbG0U4zctbpJEjuVGTVXKW45GVIsSTg9juu2Sn9OX71cNBgMz-3tDLSsG2KEU0QKfn5Ve3cd6w6w9UkBWNIKIeu-8', '2026-11-30T03:25:55.089Z', '2026-12-01T03:25:55.088Z', 0, '2026-11-30T03:25:55.089Z', null, null, null, null, 1);

insert into "events" ("seq", "position", "id", "at", "type", "user_id", "fields", "surplus") values
  (1, null, '01a22a7c-d5c1-7001-96e3-f7929f0d3aa8', '2026-11-30T03:25:53.985Z', 'user.created', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', '[]', 0),
  (2, null, '01a22a7c-d7e0-7001-b3ff-9f080adaba1e', '2026-11-30T03:25:54.528Z', 'user.created', '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', '[]', 0),
  (3, null, '01a22a7c-d835-7000-ae88-f252a238be4c', '2026-11-30T03:25:54.613Z', 'user.created', '01a22a7c-d811-7000-a1f3-7383516800df', '[]', 0),
  (4, null, '01a22a7c-d8ea-7001-960e-2bd33aadda53', '2026-11-30T03:25:54.794Z', 'user.created', '01a22a7c-d856-7000-8ee2-5955ff1b1355', '[]', 0),
  (5, null, '01a22a7c-d954-7001-908e-293448b48ab9', '2026-11-30T03:25:54.900Z', 'user.created', '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', '[]', 0),
  (6, null, '01a22a7c-d9ad-7001-8ecd-6da8576e00e2', '2026-11-30T03:25:54.989Z', 'user.roles_changed', '01a22a7c-d811-7000-a1f3-7383516800df', '["roles"]', 0),
  (7, null, '01a22a7c-d9ad-7003-b30f-4d76bdbe6aa8', '2026-11-30T03:25:54.989Z', 'user.updated', '01a22a7c-d811-7000-a1f3-7383516800df', '["roles"]', 0),
  (8, null, '01a22a7c-d9c9-7000-af5c-9ba477484fe2', '2026-11-30T03:25:55.017Z', 'user.deleted', '01a22a7c-d856-7000-8ee2-5955ff1b1355', '[]', 0);

insert into "event_feed" ("id", "position", "deleted_through") values
  (1, 0, 0);

insert into "counter_changes" ("seq", "name", "bucket", "amount") values
  (1, 'users', '0', 1),
  (2, 'unverified', '0', 1),
  (3, 'created', '2026-11-30', 1),
  (4, 'sign_ins', '2026-11-30', 1),
  (5, 'active', '2026-11-30', 1),
  (6, 'users', '0', 1),
  (7, 'unverified', '0', 1),
  (8, 'created', '2026-11-30', 1),
  (9, 'users', '0', 1),
  (10, 'unverified', '0', 1),
  (11, 'created', '2026-11-30', 1),
  (12, 'users', '0', 1),
  (13, 'unverified', '0', 1),
  (14, 'created', '2026-11-30', 1),
  (15, 'users', '0', 1),
  (16, 'unverified', '0', 1),
  (17, 'created', '2026-11-30', 1),
  (18, 'users', '0', -1),
  (19, 'unverified', '0', -1),
  (20, 'deleted', '0', 1),
  (21, 'sign_ins', '2026-11-30', 1),
  (22, 'active', '2026-11-30', 1);

insert into "username_looks" ("look", "user_id", "reserved_until") values
  ('ada', '01a22a7c-d59e-7000-ba8f-60dacf61bb00', null),
  ('björn', '01a22a7c-d7a8-7000-91a3-f5a4886e6f61', null),
  ('chloe', '01a22a7c-d811-7000-a1f3-7383516800df', null),
  ('dora', '01a22a7c-d856-7000-8ee2-5955ff1b1355', '2026-12-30T03:25:55.012Z'),
  ('emil', '01a22a7c-d916-7000-b4bf-e0f0b368b0f9', null);
