using System.Net.Mail;

namespace Posthorn.Samples.Registration;

internal sealed record User(string Name, string Address)
{
    // An idempotency key has 128 characters.
    public bool IsComplete => !string.IsNullOrWhiteSpace(Name) && Address is { Length: > 0 and <= 100 } && MailAddress.TryCreate(Address, out _);
}
