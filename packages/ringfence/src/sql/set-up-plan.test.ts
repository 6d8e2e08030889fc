import { describe, expect, it } from 'vitest';
import { type Login, type SetUpState, setUpPlan } from './set-up-plan.js';

const LOGINS: readonly Login[] = [
  { group: 'migrator', name: 'deployer' },
  { group: 'app', name: 'web', password: 'secret' },
];

const fresh = (version: number): SetUpState => ({
  database: 'shop',
  version,
  user: 'deployer',
  superuser: false,
  roles: ['deployer'],
  memberships: [],
  grants: ['database TEMPORARY>PUBLIC', 'database CONNECT>PUBLIC', 'schema USAGE>PUBLIC'],
});

describe('setUpPlan', () => {
  it('writes everything on a fresh PostgreSQL 16 or newer, reviewed here', () => {
    expect(
      setUpPlan(fresh(180000), LOGINS, 'shop', (text) => `hash of ${text}`).join(';\n'),
    ).toMatchInlineSnapshot(`
      "CREATE ROLE "shop_owner" NOLOGIN;
      CREATE ROLE "shop_migrator" NOLOGIN NOINHERIT;
      CREATE ROLE "shop_app" NOLOGIN;
      CREATE ROLE "shop_operator" NOLOGIN;
      CREATE ROLE "shop_auditor" NOLOGIN;
      CREATE ROLE "shop_sealer" NOLOGIN;
      GRANT "shop_owner" TO "shop_migrator" WITH INHERIT FALSE, SET TRUE;
      GRANT "shop_owner" TO "deployer" WITH INHERIT FALSE, SET TRUE;
      CREATE ROLE "web" LOGIN PASSWORD 'hash of secret';
      GRANT "shop_app" TO "web" WITH INHERIT TRUE, SET FALSE;
      REVOKE TEMPORARY ON DATABASE "shop" FROM PUBLIC;
      GRANT CONNECT ON DATABASE "shop" TO "shop_migrator";
      GRANT USAGE ON SCHEMA public TO "shop_migrator";
      GRANT CONNECT ON DATABASE "shop" TO "shop_app";
      GRANT USAGE ON SCHEMA public TO "shop_app";
      GRANT CONNECT ON DATABASE "shop" TO "shop_operator";
      GRANT USAGE ON SCHEMA public TO "shop_operator";
      GRANT CONNECT ON DATABASE "shop" TO "shop_auditor";
      GRANT USAGE ON SCHEMA public TO "shop_auditor";
      GRANT CONNECT ON DATABASE "shop" TO "shop_sealer";
      GRANT USAGE ON SCHEMA public TO "shop_sealer";
      GRANT CREATE ON DATABASE "shop" TO "shop_owner";
      GRANT USAGE ON SCHEMA public TO "shop_owner";
      GRANT CREATE ON SCHEMA public TO "shop_owner""
    `);
  });

  it('leaves the options of a membership out where PostgreSQL 15 does not know them', () => {
    const plan = setUpPlan(fresh(150014), LOGINS).filter((each) => each.includes(' TO "'));
    expect(plan.join(';\n')).not.toMatch(/WITH|INHERIT/);
    expect(plan).toContain('GRANT "ringfence_app" TO "web"');
  });

  it('never prints a password', () => {
    expect(setUpPlan(fresh(180000), LOGINS).join()).not.toContain('secret');
  });

  it('does nothing when everything is there, and repairs only what is missing', () => {
    const groups = ['owner', 'migrator', 'app', 'operator', 'auditor', 'sealer'].map(
      (n) => `ringfence_${n}`,
    );
    const there: SetUpState = {
      ...fresh(180000),
      roles: [...groups, 'deployer', 'web'],
      memberships: [
        'ringfence_owner>ringfence_migrator+set',
        'ringfence_owner>deployer+set',
        'ringfence_app>web+inherit',
      ],
      grants: [
        'database CREATE>ringfence_owner',
        'schema CREATE>ringfence_owner',
        'schema USAGE>ringfence_owner',
        ...groups.slice(1).flatMap((name) => [`database CONNECT>${name}`, `schema USAGE>${name}`]),
      ],
    };
    expect(setUpPlan(there, LOGINS)).toEqual([]);
    expect(setUpPlan({ ...there, memberships: there.memberships.slice(0, 2) }, LOGINS)).toEqual([
      'GRANT "ringfence_app" TO "web" WITH INHERIT TRUE, SET FALSE',
    ]);
  });

  it('takes an application login the right to become its group', () => {
    const state = { ...fresh(180000), memberships: ['ringfence_app>web+inherit+set'] };
    expect(setUpPlan(state, LOGINS)).toContain(
      'GRANT "ringfence_app" TO "web" WITH INHERIT TRUE, SET FALSE',
    );
  });
});
