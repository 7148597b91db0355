-- The rows of a SQLite database of Roster 0.2.0; its users have the password of the tests.
-- API key: rk_01a22a625496700085e45c240006e14a_pBaFD91nuela0glld4iU1_kpmmfpYVfBQccfMfQCo0M

insert into "schema_migrations" ("name", "applied_at") values
  ('0001-users', '2026-11-30T02:56:54.258Z'),
  ('0002-access', '2026-11-30T02:56:54.375Z'),
  ('0003-operation', '2026-11-30T02:56:54.468Z'),
  ('0004-evidence', '2026-11-30T02:56:54.507Z'),
  ('0005-imported-passwords', '2026-11-30T02:56:54.544Z'),
  ('0006-account-requests', '2026-11-30T02:56:54.550Z'),
  ('0007-browser-sessions', '2026-11-30T02:56:54.570Z'),
  ('0008-proofs', '2026-11-30T02:56:54.590Z'),
  ('0009-limits', '2026-11-30T02:56:54.605Z'),
  ('0010-sign-ups', '2026-11-30T02:56:54.625Z'),
  ('0011-factors', '2026-11-30T02:56:54.636Z'),
  ('0013-applications', '2026-11-30T02:56:54.667Z'),
  ('0014-passkeys', '2026-11-30T02:56:54.674Z'),
  ('0015-factor-duties', '2026-11-30T02:56:54.678Z'),
  ('0016-imported-hash-work', '2026-11-30T02:56:54.690Z'),
  ('0017-reliability', '2026-11-30T02:56:54.714Z'),
  ('0018-connected-applications', '2026-11-30T02:56:54.725Z'),
  ('0019-identities', '2026-11-30T02:56:54.742Z'),
  ('0020-groups', '2026-11-30T02:56:54.755Z'),
  ('0021-scim', '2026-11-30T02:56:54.766Z'),
  ('0022-events', '2026-11-30T02:56:54.782Z'),
  ('0023-statistics', '2026-11-30T02:56:54.792Z'),
  ('0024-bulk-jobs', '2026-11-30T02:56:54.807Z'),
  ('0025-username-looks', '2026-11-30T02:56:54.826Z'),
  ('0026-factor-rules', '2026-11-30T02:56:54.848Z'),
  ('0027-trusted-browsers', '2026-11-30T02:56:54.876Z'),
  ('0028-previous-usernames', '2026-11-30T02:56:54.898Z'),
  ('0030-scim-connections', '2026-11-30T02:56:54.925Z'),
  ('0031-profiles', '2026-11-30T02:56:54.943Z'),
  ('0032-optional-addresses', '2026-11-30T02:56:54.958Z'),
  ('0034-looks-with-rn', '2026-11-30T02:56:54.969Z'),
  ('0035-email-sign-ins', '2026-11-30T02:56:54.986Z'),
  ('0036-wrong-codes-in-a-row', '2026-11-30T02:56:54.990Z');

insert into "roles" ("name", "description", "permissions", "version", "created_at", "updated_at", "second_factor_since") values
  ('admin', 'May do everything', '["users:read","users:write","users:support","users:delete","users:export","users:export_hashes","roles:read","roles:write","groups:read","groups:write","scim:read","scim:write","api_keys:write","api_keys:unattended","api_keys:admin","applications:read","applications:write","identity_providers:read","identity_providers:write","audit:read","settings:read","settings:write","events:read","webhooks:read","webhooks:write"]', 1, '2026-11-30T02:56:55.001Z', '2026-11-30T02:56:55.001Z', null),
  ('user', 'May manage their own account', '[]', 1, '2026-11-30T02:56:55.001Z', '2026-11-30T02:56:55.001Z', null),
  ('auditor', 'Reads', '["users:read","audit:read"]', 1, '2026-11-30T02:56:56.650Z', '2026-11-30T02:56:56.650Z', null);

insert into "users" ("seq", "id", "username", "username_key", "email", "email_key", "email_verified_at", "first_name", "first_name_key", "last_name", "last_name_key", "search_text", "disabled_at", "external_id", "metadata", "version", "created_at", "updated_at", "last_login_at", "deleted_at", "previous_username_key", "profile") values
  (1, '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'ada', 'ada', 'ada@example.com', 'ada@example.com', null, null, null, null, null, 'ada
ada@example.com', null, null, '{}', 2, '2026-11-30T02:56:55.273Z', '2026-11-30T02:56:55.273Z', '2026-11-30T02:56:55.520Z', null, null, '{}'),
  (2, '01a22a62-504c-7000-9019-079c72de5483', 'björn', 'björn', 'bjC3B6rn@example.com', 'bjc3b6rn@example.com', null, 'Björn', 'björn', 'O’Neil', 'o’neil', 'björn
bjc3b6rn@example.com
björn
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-30T02:56:55.962Z', '2026-11-30T02:56:55.962Z', null, null, null, '{}'),
  (3, '01a22a62-5106-7000-bc7b-685617add961', 'chloe', 'chloe', 'chloe@example.com', 'chloe@example.com', null, 'Chloé', 'chloé', 'O’Neil', 'o’neil', 'chloe
chloe@example.com
chloé
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 3, '2026-11-30T02:56:56.209Z', '2026-11-30T02:56:56.743Z', '2026-11-30T02:56:56.946Z', null, null, '{}'),
  (4, '01a22a62-51e3-7000-98b6-ad187864c27c', 'dora', 'dora', 'dora@example.com', 'dora@example.com', null, 'Dora', 'dora', 'O’Neil', 'o’neil', 'dora
dora@example.com
dora
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 2, '2026-11-30T02:56:56.497Z', '2026-11-30T02:56:56.497Z', null, '2026-11-30T02:56:56.831Z', null, '{}'),
  (5, '01a22a62-52d9-7000-9a06-7f1664622fe9', 'emil', 'emil', 'emil@example.com', 'emil@example.com', null, 'Emil', 'emil', 'O’Neil', 'o’neil', 'emil
emil@example.com
emil
o’neil', null, null, '{"team":"blue","tags":[1,"two",null]}', 1, '2026-11-30T02:56:56.606Z', '2026-11-30T02:56:56.606Z', null, null, null, '{}');

insert into "user_roles" ("user_id", "role") values
  ('01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'admin'),
  ('01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'user'),
  ('01a22a62-504c-7000-9019-079c72de5483', 'user'),
  ('01a22a62-51e3-7000-98b6-ad187864c27c', 'user'),
  ('01a22a62-52d9-7000-9a06-7f1664622fe9', 'user'),
  ('01a22a62-5106-7000-bc7b-685617add961', 'auditor'),
  ('01a22a62-5106-7000-bc7b-685617add961', 'user');

insert into "passwords" ("user_id", "hash", "changed_at", "failures", "imported", "imported_work", "must_change_since") values
  ('01a22a62-4d77-7000-9876-2d8a6e6bc1a9', '$argon2id$v=19$m=19456,t=2,p=1$kiDXAo9HID4xbCoBPdbjJw$rRN5YFFHJGsfcbiW33KpxUJ7CobnIiqwiRyN6FvwCJo', '2026-11-30T02:56:55.280Z', 0, null, null, null),
  ('01a22a62-504c-7000-9019-079c72de5483', '$argon2id$v=19$m=19456,t=2,p=1$du3DPLsbLQdfjekSTqMB2Q$r1ShaPtjJPlMTgvRIWiSiImP76YhslLjkydHHQrra50', '2026-11-30T02:56:55.964Z', 0, null, null, null),
  ('01a22a62-5106-7000-bc7b-685617add961', '$argon2id$v=19$m=19456,t=2,p=1$6TtnaxIUKLKfv11Nwigp9Q$entFZOtLED79mcrI0FlWGSOARnyGarzcBwIUFndL+eE', '2026-11-30T02:56:56.210Z', 0, null, null, null),
  ('01a22a62-51e3-7000-98b6-ad187864c27c', '$argon2id$v=19$m=19456,t=2,p=1$OFcq9Kt7S/QNCiTTKDIL2w$eMMQfKMboIKqRdESTeICmlvoHaoyQuMKgUWpxtNsp6g', '2026-11-30T02:56:56.502Z', 0, null, null, null),
  ('01a22a62-52d9-7000-9a06-7f1664622fe9', '$argon2id$v=19$m=19456,t=2,p=1$JcWBanhsqfei+MbyJ21dWw$sF9cq9x4gjTPoCYHXYrL6NMtM5e7UBguLKwTguK0y7Q', '2026-11-30T02:56:56.606Z', 0, null, null, null);

insert into "sessions" ("id", "user_id", "user_agent", "address", "auth_methods", "created_at", "last_seen_at", "expires_at", "ended_at", "end_reason", "kind", "cookie_hash", "latest_expiry", "proven_at") values
  ('01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'node', '127.0.0.1', 'pwd', '2026-11-30T02:56:55.529Z', '2026-11-30T02:56:55.529Z', '2026-12-30T02:56:55.530Z', null, null, 'api', null, null, '2026-11-30T02:56:55.529Z'),
  ('01a22a62-5473-7000-a540-920f67ff459f', '01a22a62-5106-7000-bc7b-685617add961', 'node', '127.0.0.1', 'pwd', '2026-11-30T02:56:56.947Z', '2026-11-30T02:56:56.947Z', '2026-12-30T02:56:56.947Z', null, null, 'api', null, null, '2026-11-30T02:56:56.947Z');

insert into "refresh_tokens" ("hash", "session_id", "created_at", "expires_at", "used_at") values
  ('MfLHBfN28-5ivZV4dfjl3BOaAk0OvwVz7OZWvisCQDE', '01a22a62-4eea-7000-8599-152cf832f3c1', '2026-11-30T02:56:55.531Z', '2026-12-07T02:56:55.531Z', null),
  ('4XIezlfHd9zi5QlcB9NeRm1wtINQnK8wKwvmdFzkveI', '01a22a62-5473-7000-a540-920f67ff459f', '2026-11-30T02:56:56.947Z', '2026-12-07T02:56:56.947Z', null);

insert into "signing_keys" ("id", "public_jwk", "private_jwk", "created_at", "active_at", "retired_at") values
  ('zGfB0qjZ5NUVQ-i8whAJk1KZbltA7SghMX72vnHUQ2M', '{"crv":"Ed25519","x":"y2ine8XEzOqk9o-O6xZQikpArtsCcHDnrRqbvBMD-e0","kty":"OKP","kid":"zGfB0qjZ5NUVQ-i8whAJk1KZbltA7SghMX72vnHUQ2M","alg":"EdDSA","use":"sig"}', 'v1.kgS-BYb2QKKIFBHJiPNPArau2bmqRoWEghamS4nT9Ee0gmKDMwNIkHsCplfgefeOkhuNKAvj7F9BgjwUkXOmCWGbMlRvZoiWStyIJU-VV26eHBJCQGKqxgJAHw-x5NGyw3GOvj16Jt7HoLHZ-4zNRjhznMm-4OqR1hLP5yBkzv0TU7nj6CW7JRSC9QgqRbI_5gqKnJyfJuBBel7d5A', '2026-11-30T02:56:55.030Z', '2026-11-30T02:56:55.014Z', null);

insert into "api_keys" ("id", "user_id", "name", "secret_hash", "permissions", "version", "created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", "expiry_noted_at") values
  ('01a22a62-5496-7000-85e4-5c240006e14a', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'sync', 'VRipXCMlrjxPBm2hICHlZuYpklYC5NxAYOtrUiy09zw', '["users:read"]', 1, '2026-11-30T02:56:56.982Z', '2026-11-30T02:56:56.982Z', '2027-02-28T02:56:56.982Z', null, null, null);

insert into "one_time_tokens" ("hash", "purpose", "user_id", "email_key", "email", "created_at", "expires_at") values
  ('tBJhLvRTmM-HOiJazk0SWuqi7gjShG1U4qf40wTNdcU', 'verify_email', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', 'ada@example.com', 'ada@example.com', '2026-11-30T02:56:55.298Z', '2026-12-01T02:56:55.297Z'),
  ('EWMmVsZgO4mRa2jtF3WbXAuS_Y2SLvlLxgSagd9p5Ac', 'verify_email', '01a22a62-504c-7000-9019-079c72de5483', 'bjc3b6rn@example.com', 'bjC3B6rn@example.com', '2026-11-30T02:56:55.964Z', '2026-12-01T02:56:55.964Z'),
  ('wG7wfjBiDWiHGLdE4z-roS1YU1Iwbc3XgK8aXFw3IQk', 'verify_email', '01a22a62-5106-7000-bc7b-685617add961', 'chloe@example.com', 'chloe@example.com', '2026-11-30T02:56:56.234Z', '2026-12-01T02:56:56.211Z'),
  ('ejSyHzwFN7xV69cpQ_Oh8XBhOPM8kRBIF81Dzl47AfA', 'verify_email', '01a22a62-52d9-7000-9a06-7f1664622fe9', 'emil@example.com', 'emil@example.com', '2026-11-30T02:56:56.607Z', '2026-12-01T02:56:56.607Z');

insert into "audit_events" ("seq", "id", "at", "type", "outcome", "reason", "actor_kind", "actor_id", "api_key_id", "target_kind", "target_id", "changes", "address", "user_agent", "session_id", "request_id", "auth_methods") values
  (1, '01a22a62-4cf6-7000-9deb-872afd564556', '2026-11-30T02:56:55.031Z', 'key.generated', 'success', null, 'system', null, null, 'signing_key', 'zGfB0qjZ5NUVQ-i8whAJk1KZbltA7SghMX72vnHUQ2M', null, null, null, null, null, ''),
  (2, '01a22a62-4cf7-7000-ac8e-0225043799a6', '2026-11-30T02:56:55.031Z', 'key.activated', 'success', null, 'system', null, null, 'signing_key', 'zGfB0qjZ5NUVQ-i8whAJk1KZbltA7SghMX72vnHUQ2M', null, null, null, null, null, ''),
  (3, '01a22a62-4df1-7000-9b28-f5c1f07ce9d0', '2026-11-30T02:56:55.281Z', 'user.created', 'success', 'admin', 'system', null, null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, null, null, null, null, ''),
  (4, '01a22a62-4e03-7000-a94c-05e53fd80b62', '2026-11-30T02:56:55.299Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, null, null, null, null, ''),
  (5, '01a22a62-4eeb-7000-9628-723006f8264d', '2026-11-30T02:56:55.531Z', 'session.created', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'session', '01a22a62-4eea-7000-8599-152cf832f3c1', '{"user_id":"01a22a62-4d77-7000-9876-2d8a6e6bc1a9"}', '127.0.0.1', 'node', null, '01a22a62-4e7f-7000-8243-59c133caee93', 'pwd'),
  (6, '01a22a62-4eeb-7001-9bf5-148d15453eb8', '2026-11-30T02:56:55.531Z', 'auth.login.success', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, '127.0.0.1', 'node', null, '01a22a62-4e7f-7000-8243-59c133caee93', 'pwd'),
  (7, '01a22a62-509c-7000-9b36-03cbe4389f16', '2026-11-30T02:56:55.964Z', 'user.created', 'success', 'admin', 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-504c-7000-9019-079c72de5483', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5005-7000-84d8-e9bb53d95594', 'token'),
  (8, '01a22a62-50ba-7000-85fc-678ea4714518', '2026-11-30T02:56:55.994Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a62-504c-7000-9019-079c72de5483', null, null, null, null, null, ''),
  (9, '01a22a62-5193-7000-9737-03b77648879a', '2026-11-30T02:56:56.211Z', 'user.created', 'success', 'admin', 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5105-7000-8540-f05806a84061', 'token'),
  (10, '01a22a62-51ab-7000-a07a-12e465dc22a4', '2026-11-30T02:56:56.235Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a62-5106-7000-bc7b-685617add961', null, null, null, null, null, ''),
  (11, '01a22a62-52b7-7000-b3a6-5063d90cf2e6', '2026-11-30T02:56:56.503Z', 'user.created', 'success', 'admin', 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-51e3-7000-98b6-ad187864c27c', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-51d0-7000-860e-1a6300d763b7', 'token'),
  (12, '01a22a62-52b8-7000-92f7-c58c99d795d1', '2026-11-30T02:56:56.504Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a62-51e3-7000-98b6-ad187864c27c', null, null, null, null, null, ''),
  (13, '01a22a62-531f-7000-91ef-90f5ebd9d87e', '2026-11-30T02:56:56.607Z', 'user.created', 'success', 'admin', 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-52d9-7000-9a06-7f1664622fe9', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-52d6-7000-a4db-1cd08c287f03', 'token'),
  (14, '01a22a62-5320-7000-9bb2-25448db57b1d', '2026-11-30T02:56:56.608Z', 'email.verify_sent', 'success', null, 'system', null, null, 'user', '01a22a62-52d9-7000-9a06-7f1664622fe9', null, null, null, null, null, ''),
  (15, '01a22a62-534a-7000-9c8b-a59ca21d42c8', '2026-11-30T02:56:56.650Z', 'role.created', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'role', 'auditor', '{"permissions":["users:read","audit:read"],"second_factor_required":false}', '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-533c-7000-a5f4-a212d33b8031', 'token'),
  (16, '01a22a62-53a8-7000-9e50-444434229b18', '2026-11-30T02:56:56.744Z', 'role.assigned', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', '{"roles":["auditor"]}', '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5382-7000-87eb-13ac948c9d5e', 'token'),
  (17, '01a22a62-53a8-7002-b6f6-b4159a18284f', '2026-11-30T02:56:56.744Z', 'user.updated', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', '{"fields":["roles"]}', '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5382-7000-87eb-13ac948c9d5e', 'token'),
  (18, '01a22a62-5404-7000-add5-db6f98aaeedf', '2026-11-30T02:56:56.836Z', 'user.deleted', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'user', '01a22a62-51e3-7000-98b6-ad187864c27c', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-53f1-7000-af32-51583968dbd6', 'token'),
  (19, '01a22a62-5473-7001-a1db-7a2e9ea46127', '2026-11-30T02:56:56.947Z', 'session.created', 'success', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', null, 'session', '01a22a62-5473-7000-a540-920f67ff459f', '{"user_id":"01a22a62-5106-7000-bc7b-685617add961"}', '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5429-7000-9cae-b0bca319dfea', 'pwd'),
  (20, '01a22a62-5473-7002-bc10-c2d1d6256d8b', '2026-11-30T02:56:56.947Z', 'auth.login.success', 'success', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', null, 'user', '01a22a62-5106-7000-bc7b-685617add961', null, '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5429-7000-9cae-b0bca319dfea', 'pwd'),
  (21, '01a22a62-5496-7001-a453-06b64479c1d4', '2026-11-30T02:56:56.982Z', 'apikey.created', 'success', null, 'user', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null, 'api_key', '01a22a62-5496-7000-85e4-5c240006e14a', '{"permissions":["users:read"]}', '127.0.0.1', 'node', '01a22a62-4eea-7000-8599-152cf832f3c1', '01a22a62-5494-7000-ab10-243d8dfaaa53', 'token');

insert into "mail_outbox" ("id", "template", "content", "created_at", "expires_at", "attempts", "next_attempt_at", "leased_until", "sent_at", "failed_at", "last_error", "priority") values
  ('01a22a62-4e02-7000-9796-c1e5b1fe7fc0', 'verify-email', '', '2026-11-30T02:56:55.299Z', '2026-12-01T02:56:55.297Z', 0, '2026-11-30T02:56:55.299Z', null, '2026-11-30T02:56:55.416Z', null, null, 2),
  ('01a22a62-509d-7000-a634-5be7eaa7aaf7', 'verify-email', '', '2026-11-30T02:56:55.994Z', '2026-12-01T02:56:55.964Z', 0, '2026-11-30T02:56:55.994Z', null, '2026-11-30T02:56:56.144Z', null, null, 2),
  ('01a22a62-51aa-7000-b2d9-4a6eeb9ae1f2', 'verify-email', '', '2026-11-30T02:56:56.234Z', '2026-12-01T02:56:56.211Z', 0, '2026-11-30T02:56:56.234Z', null, '2026-11-30T02:56:56.333Z', null, null, 2),
  ('01a22a62-52b7-7002-986f-46da6512f7f2', 'verify-email', '', '2026-11-30T02:56:56.503Z', '2026-12-01T02:56:56.503Z', 0, '2026-11-30T02:56:56.503Z', null, '2026-11-30T02:56:56.564Z', null, null, 2),
  ('01a22a62-531f-7002-a3a1-1282c83f8bf2', 'verify-email', '', '2026-11-30T02:56:56.608Z', '2026-12-01T02:56:56.607Z', 0, '2026-11-30T02:56:56.608Z', null, '2026-11-30T02:56:56.733Z', null, null, 2),
  ('01a22a62-5497-7000-a054-077596d35db4', 'api-key-created', 'v1.rd8cxK6BP_TVOF8WxEEpI0r1tFMphSEuVjobURqK7Qqg4UwQZmG3v5b_M5waiMfMWDx8F40NKGoNuLDVBt_NM7CgW4vIQRSHzFH0PPsqO8xnSm-ipt3isfOmaHvjBHtnSEYctVe6vxE_dCbpacEIo-piCCEhOgnTvpwo4-xL5dTmkEli0kszdJqX-zoorPpeS1emXM0PBrgfDkoJkF7CYKfVRsXl-jiRP3JK3Q_fcC0NSQ8', '2026-11-30T02:56:56.983Z', '2026-12-01T02:56:56.983Z', 0, '2026-11-30T02:56:56.983Z', null, null, null, null, 1);

insert into "events" ("seq", "position", "id", "at", "type", "user_id", "fields", "surplus") values
  (1, null, '01a22a62-4df1-7001-b627-061f5587b8d5', '2026-11-30T02:56:55.281Z', 'user.created', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', '[]', 0),
  (2, null, '01a22a62-509c-7001-8c22-bd81ec71a735', '2026-11-30T02:56:55.964Z', 'user.created', '01a22a62-504c-7000-9019-079c72de5483', '[]', 0),
  (3, null, '01a22a62-5193-7001-bf51-6e5b7949ca40', '2026-11-30T02:56:56.211Z', 'user.created', '01a22a62-5106-7000-bc7b-685617add961', '[]', 0),
  (4, null, '01a22a62-52b7-7001-90ed-1a0ac348295c', '2026-11-30T02:56:56.503Z', 'user.created', '01a22a62-51e3-7000-98b6-ad187864c27c', '[]', 0),
  (5, null, '01a22a62-531f-7001-bb60-466ee5e11c40', '2026-11-30T02:56:56.607Z', 'user.created', '01a22a62-52d9-7000-9a06-7f1664622fe9', '[]', 0),
  (6, null, '01a22a62-53a8-7001-bef9-483a334db4c4', '2026-11-30T02:56:56.744Z', 'user.roles_changed', '01a22a62-5106-7000-bc7b-685617add961', '["roles"]', 0),
  (7, null, '01a22a62-53a8-7003-a2c4-dfabfd7d6eff', '2026-11-30T02:56:56.744Z', 'user.updated', '01a22a62-5106-7000-bc7b-685617add961', '["roles"]', 0),
  (8, null, '01a22a62-5404-7001-b4bb-ec9346e13b27', '2026-11-30T02:56:56.836Z', 'user.deleted', '01a22a62-51e3-7000-98b6-ad187864c27c', '[]', 0);

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
  ('ada', '01a22a62-4d77-7000-9876-2d8a6e6bc1a9', null),
  ('björn', '01a22a62-504c-7000-9019-079c72de5483', null),
  ('chloe', '01a22a62-5106-7000-bc7b-685617add961', null),
  ('dora', '01a22a62-51e3-7000-98b6-ad187864c27c', '2026-12-30T02:56:56.834Z'),
  ('emil', '01a22a62-52d9-7000-9a06-7f1664622fe9', null);
