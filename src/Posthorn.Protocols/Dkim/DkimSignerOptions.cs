namespace Posthorn.Protocols.Dkim;

/// <summary>What a signer signs as, with and what.</summary>
public sealed record DkimSignerOptions
{
    /// <summary>The domain that takes responsibility (<c>d=</c>); IDN is written as A-labels.</summary>
    public required string Domain { get; init; }

    /// <summary>Which key of the domain (<c>s=</c>): the public one stands in the DNS at <c>selector._domainkey.domain</c>.</summary>
    public required string Selector { get; init; }

    /// <summary>The private RSA key in PEM (PKCS#1 or PKCS#8), 1024 bits at least (RFC 8301 3.2; 2048 are advised).</summary>
    public required string PrivateKeyPem { get; init; }

    /// <summary>How header fields are compared.</summary>
    public DkimCanonicalization HeaderCanonicalization { get; init; }

    /// <summary>How the body is compared.</summary>
    public DkimCanonicalization BodyCanonicalization { get; init; }

    /// <summary>Names of the fields that are signed where they exist; From always is. By default what RFC 6376 5.4.1 advises, and what says how the body reads.</summary>
    public IReadOnlyList<string> SignedFields { get; init; } =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Description",
        "Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID",
        "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
    ];

    /// <summary>
    /// Names listed once more than they occur, so that nobody can add another such field behind the signature's back (RFC 6376 8.15);
    /// by default those that people see and that replies go to.
    /// </summary>
    public IReadOnlyList<string> OversignedFields { get; init; } = ["From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date"];

    /// <summary>For how long the signature is valid (<c>x=</c>); null is for ever.</summary>
    public TimeSpan? ValidFor { get; init; }
}
