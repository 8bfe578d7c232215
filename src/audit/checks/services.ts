import type { Check, Fault, Unseen } from '../check.ts';

/** Where a redirect leads that asks for a login. */
const LOGIN = /log-?in|sign-?in|auth|sso|saml|oidc/i;

/** Services that are asked as somebody without a login would ask them. */
export const SERVICE_CHECKS: readonly Check[] = [
  {
    id: 'service-without-login',
    severity: 'critical',
    claim: 'no service answers whoever has not logged in',
    mend: 'Switch its authentication on, or put it behind a proxy that asks for a login.',
    stands: ['C-0274', 'C-0021', 'C-0256'],
    needs: [],
    find: ({ facts: { logins } }) =>
      logins.flatMap(({ target, asked, answer }): readonly (Fault | Unseen)[] => {
        const where = `service ${target}`;
        if ('unseen' in answer) return [{ where, unseen: `${asked} ${answer.unseen}` }];
        const { status, location } = answer.value;
        if (status === 401 || status === 403) return [];
        if (status >= 300 && status < 400) {
          if (LOGIN.test(location ?? '')) return [];
          return [
            {
              where,
              unseen: `${asked} leads elsewhere (${status}${location === null ? '' : ` to ${location}`}): ask that`,
            },
          ];
        }
        if (status >= 400) return [{ where, unseen: `${asked} answered ${status}, which says nothing of logins` }];
        return [{ where, what: `answered ${asked} with ${status} and no login` }];
      }),
  },
];
