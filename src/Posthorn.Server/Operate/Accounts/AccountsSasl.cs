using Posthorn.Protocols.Sasl;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>The server's accounts as SASL mechanisms ask for them.</summary>
internal sealed class AccountsSasl(IAccounts accounts) : ISaslAccounts
{
    public string? Verify(string name, string password) => accounts.Verify(name, password)?.Name;

    public ScramVerifier? Scram(string name) => accounts.Scram(name);
}
