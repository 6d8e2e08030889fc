import type { Role } from '../permissions.js';

/** One person of a demo tenant. */
export interface DemoPerson {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** One demo tenant with everything in it: organizations → projects → documents (title, body). */
export interface DemoTenant {
  readonly slug: string;
  readonly name: string;
  readonly people: readonly DemoPerson[];
  readonly organizations: Readonly<Record<string, DemoProjects>>;
}

type DemoProjects = Readonly<Record<string, readonly (readonly [title: string, body: string])[]>>;

function staff(tenant: string): DemoPerson[] {
  return [
    { email: `owner@${tenant}.test`, name: 'Olga Owner', role: 'owner' },
    { email: `admin@${tenant}.test`, name: 'Adam Admin', role: 'admin' },
    { email: `member@${tenant}.test`, name: 'Mina Member', role: 'member' },
    { email: `viewer@${tenant}.test`, name: 'Victor Viewer', role: 'viewer' },
  ];
}

/** The same address in both tenants: two people to the system, with two roles and two passwords. */
const sam = (role: Role): DemoPerson => ({ email: 'sam@example.test', name: 'Sam Both', role });

/** Two customers who must never see each other; every title says whose it is. */
export const DEMO_TENANTS: readonly DemoTenant[] = [
  {
    slug: 'acme',
    name: 'Acme Rockets',
    people: [...staff('acme'), sam('member')],
    organizations: {
      'Acme Propulsion': {
        'Engine A1': [
          ['Acme: engine A1 test protocol', 'Hot fire of 12 seconds. Chamber pressure nominal.'],
          ['Acme: engine A1 bill of materials', 'Injector plate, 3 valves, 1 regenerative nozzle.'],
          ['Acme: why the second valve stuck', 'Ice in the line. Purge for 30 s before each run.'],
        ],
        'Launch pad': [
          ['Acme: countdown checklist', 'T-60 tanks. T-30 gyros. T-10 people behind the wall.'],
          ['Acme: pad lease, draft 3', 'Ten years, and the landlord keeps the crater.'],
          ['Acme: weather limits', 'No launch above 12 m/s of wind or below 4 km of sight.'],
        ],
      },
      'Acme Customer Desk': {
        'Coyote account': [
          ['Acme: complaint about the magnet', 'It attracted more than the customer had ordered.'],
          ['Acme: price list for loyal customers', 'Anvils 20 % off. Rockets at list price.'],
          ['Acme: delivery plan, canyon side', 'Drop at the marked ledge. Do not ring.'],
        ],
      },
    },
  },
  {
    slug: 'globex',
    name: 'Globex Energy',
    people: [...staff('globex'), sam('viewer')],
    organizations: {
      'Globex Reactor Works': {
        'Reactor seven': [
          ['Globex: reactor seven start-up log', 'Critical at 04:12. Coffee at 04:13.'],
          ['Globex: coolant supplier comparison', 'Three offers; the cheapest one is salt water.'],
          ['Globex: shift plan for December', 'Two people at the desk at all times, awake.'],
        ],
        'Weather machine': [
          ['Globex: first rain over the test field', '4 mm in ten minutes, as ordered.'],
          ['Globex: energy budget of one thunderstorm', 'More than the town uses in a week.'],
        ],
      },
      'Globex Legal': {
        'Lawsuits 2026': [
          ['Globex: neighbours against the fog', 'Our offer: fog on weekdays only.'],
          ['Globex: patent on lightning', 'Filed. The office asks for a drawing.'],
          ['Globex: settlement with the ferry line', 'They get two clear mornings per week.'],
        ],
      },
    },
  },
];
