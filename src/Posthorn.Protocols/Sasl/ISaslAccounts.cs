namespace Posthorn.Protocols.Sasl;

/// <summary>The accounts that mechanisms check against.</summary>
public interface ISaslAccounts
{
    /// <summary>The account when name and password fit; null otherwise.</summary>
    string? Verify(string name, string password);

    /// <summary>What checks SCRAM-SHA-256 for a name; for an unknown name one that never fits, so that it can't be told. Null when there can be none.</summary>
    ScramVerifier? Scram(string name);
}
