using Posthorn.Protocols.Mime;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary><c>set-header</c>, <c>add-header</c>, <c>remove-header</c>: changes fields; the rest of the header stays byte for byte and the body is not copied.</summary>
internal sealed class HeaderMailet(IReadOnlyList<(string Name, MailText? Text)> fields, Action<HeaderEditor, string, string?> edit) : IMailet
{
    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var filled = new List<(string Name, string? Text)>(fields.Count);
        foreach (var (name, text) in fields)
            filled.Add((name, text is null ? null : await text.FillAsync(mail, cancellationToken)));
        await mail.EditHeaderAsync(
            header =>
            {
                foreach (var (name, text) in filled)
                    edit(header, name, text);
            },
            cancellationToken);
    }

    public static IMailet? Set(MailetBinding binding) => Of(binding, "{ X-Kind: invoice }", (header, name, text) => header.Set(name, text!));

    public static IMailet? Add(MailetBinding binding) => Of(binding, "{ X-Kind: invoice }", (header, name, text) => header.Add(name, text!, inFront: true));

    public static IMailet? Remove(MailetBinding binding)
    {
        if (binding.Texts("X-Kind") is not { } names)
            return null;
        foreach (var name in names)
            CheckName(binding, name, name.Text.EndsWith('*') ? name.Text[..^1] : name.Text);
        return new HeaderMailet(names.Select(n => (n.Text, (MailText?)null)).ToArray(), (header, name, _) =>
        {
            if (name.EndsWith('*'))
                header.Remove(field => field.Name.StartsWith(name[..^1], StringComparison.OrdinalIgnoreCase));
            else
                header.Remove(name);
        });
    }

    private static HeaderMailet? Of(MailetBinding binding, string example, Action<HeaderEditor, string, string?> edit)
    {
        if (binding.Pairs(example) is not { } pairs)
            return null;
        var fields = new List<(string, MailText?)>();
        foreach (var (name, value) in pairs)
        {
            CheckName(binding, value, name);
            if (value.Text.AsSpan().ContainsAny('\r', '\n'))
                binding.Refuse(value, "a header field's value has no line ends");
            fields.Add((name, binding.Template(value)));
        }

        return new HeaderMailet(fields, edit);
    }

    // RFC 5322 2.2: printable ASCII without colon.
    private static void CheckName(MailetBinding binding, Operate.Configuration.ConfigNode at, string name)
    {
        if (name.Length is 0 or > 77 || name.Any(c => c is <= ' ' or >= '\x7f' or ':'))
            binding.Refuse(at, $"'{name}' cannot name a header field: 1 to 77 printable ASCII characters without colon");
    }
}
