using System.Collections;

namespace Posthorn.Protocols.Mime;

/// <summary>The addresses of a header field (RFC 5322 3.4), the members of groups among the others.</summary>
public sealed class AddressList : IReadOnlyList<MailAddress>
{
    private readonly List<MailAddress> _addresses;

    private AddressList(List<MailAddress> addresses) => _addresses = addresses;

    /// <summary>How many there are.</summary>
    public int Count => _addresses.Count;

    /// <summary>One of them.</summary>
    public MailAddress this[int index] => _addresses[index];

    /// <summary>
    /// Reads the value of an address field. Tolerant: comments and obsolete routes are left out, a missing bracket or quote is closed at the end,
    /// what is no address (a name alone) is skipped.
    /// </summary>
    /// <param name="value">The field's <see cref="HeaderField.Value"/>, not its decoded text: a decoded name could hold a comma.</param>
    public static AddressList Parse(string? value) => new(string.IsNullOrEmpty(value) ? [] : new AddressScanner(value).Read());

    /// <inheritdoc/>
    public IEnumerator<MailAddress> GetEnumerator() => _addresses.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _addresses);
}
