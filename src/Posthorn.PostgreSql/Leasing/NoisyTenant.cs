namespace Posthorn.PostgreSql.Leasing;

/// <summary>A tenant that takes more than its share while others wait.</summary>
/// <param name="Since">Since when, in ticks.</param>
/// <param name="Share">Its share of what the queue held then.</param>
/// <param name="Turn">Among noisy tenants with the same slot, the lowest is served first.</param>
internal readonly record struct NoisyTenant(long Since, double Share, long Turn);
