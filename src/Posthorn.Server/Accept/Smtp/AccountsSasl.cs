using Posthorn.Protocols.Sasl;
using Posthorn.Server.Operate.Accounts;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>The server's accounts as SASL mechanisms ask for them.</summary>
internal sealed class AccountsSasl(IAccounts accounts) : ISaslAccounts
{
    public string? Verify(string name, string password) => accounts.Verify(name, password)?.Name;

    public ScramVerifier? Scram(string name) => accounts.Scram(name);
}
