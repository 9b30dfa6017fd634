using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Who sent a request.</summary>
/// <param name="Account">The account whose key signed it; without accounts one named by the key.</param>
/// <param name="Region">The region its signature names: it is put into ARNs, and means nothing else here.</param>
internal sealed record SqsCaller(Account Account, string Region);
