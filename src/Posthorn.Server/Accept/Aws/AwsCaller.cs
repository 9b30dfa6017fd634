using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Who sent a request.</summary>
/// <param name="Account">The account whose key signed it; without accounts one named by the key.</param>
/// <param name="Region">The region its signature names: it is put into ARNs.</param>
internal sealed record AwsCaller(Account Account, string Region)
{
    /// <summary>What a request that names no region is taken for.</summary>
    public const string DefaultRegion = "us-east-1";

    /// <summary>Who follows a link of a message, which says by itself what may be done: nobody that is known.</summary>
    public static AwsCaller OfLink { get; } = new(new Account("", IsAdmin: false), DefaultRegion);
}
