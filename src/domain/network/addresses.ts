import { BlockList, isIP } from 'node:net';

/** Whether an address lies in a range (`10.0.0.0/8`, `2001:db8::/32`). What is no address or no range lies nowhere. */
export function isWithin(address: string, cidr: string): boolean {
  const [base = '', length = '', ...rest] = cidr.split('/');
  const family = familyOf(base);
  if (family === null || familyOf(address) !== family || rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  if (Number(length) > (family === 'ipv4' ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(base, Number(length), family);
  return range.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6';
}
