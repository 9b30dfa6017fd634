using Posthorn.Protocols.Dns;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>Domains in the one form in which they can be compared.</summary>
public static class MailDomain
{
    /// <summary>The comparable form (<see cref="DomainNames.ToAscii"/>): small letters, IDN as A-labels, no root dot; an address literal as written.</summary>
    public static string Normalize(string domain) => DomainNames.ToAscii(domain);
}
