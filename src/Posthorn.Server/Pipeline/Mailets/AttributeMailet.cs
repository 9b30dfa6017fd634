using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary><c>set-attribute</c>: gives the mail named values, which later rules, consumers and webhooks see.</summary>
internal sealed class AttributeMailet(IReadOnlyList<(string Name, MailText Text)> attributes) : IMailet
{
    /// <summary>What begins so is the server's own (<see cref="Spool.MailAttributes"/>): a rule that could set the account would make an open relay.</summary>
    private const string Reserved = "mail.";

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        foreach (var (name, text) in attributes)
            mail.SetAttribute(name, await text.FillAsync(mail, cancellationToken));
    }

    public static AttributeMailet? Create(MailetBinding binding)
    {
        if (binding.Pairs("set-attribute: { kind: invoice }") is not { } pairs)
            return null;
        var attributes = new List<(string, MailText)>();
        foreach (var (name, value) in pairs)
        {
            CheckName(binding, value, name);
            if (binding.Template(value) is { } text)
                attributes.Add((name, text));
        }

        return new AttributeMailet(attributes);
    }

    public static void CheckName(MailetBinding binding, ConfigNode at, string name)
    {
        if (name.StartsWith(Reserved, StringComparison.Ordinal))
            binding.Refuse(at, $"attributes that begin with '{Reserved}' are the server's own");
    }
}
