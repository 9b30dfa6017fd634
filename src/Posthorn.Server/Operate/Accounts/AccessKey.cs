namespace Posthorn.Server.Operate.Accounts;

/// <summary>A key that signs requests.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Secret">What it signs with; never leaves the server.</param>
public sealed record AccessKey(Account Account, string Secret);
