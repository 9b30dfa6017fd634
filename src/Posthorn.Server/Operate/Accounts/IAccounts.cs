using Posthorn.Protocols.Sasl;

namespace Posthorn.Server.Operate.Accounts;

/// <summary>The accounts that doors check against.</summary>
public interface IAccounts
{
    /// <summary>No accounts are configured: any name and password is taken and the name is the account (loopback only).</summary>
    bool IsOpen { get; }

    /// <summary>The account when name and password fit; null otherwise. Takes the same time whether the name or the password is wrong.</summary>
    Account? Verify(string name, string password);

    /// <summary>What checks SCRAM for a name; for an unknown name credentials that never fit, so that it can't be told; null when open (SCRAM needs a password that is known).</summary>
    ScramVerifier? Scram(string name);

    /// <summary>The account of a name that was verified otherwise (SCRAM, an access key); null when there is none.</summary>
    Account? Find(string name);

    /// <summary>The account for the bearer token of an admin call; null when it fits none. Open: everyone is the admin.</summary>
    Account? VerifyToken(string? token);
}
