using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>The value of a rule's key while it is compiled: reads it as its mailet wants it, and collects what is wrong and where it leads.</summary>
internal sealed class MailetBinding(ConfigNode value, IServiceProvider services, ICollection<ConfigError> errors)
{
    private readonly List<ProcessorReference> _references = [];

    public ConfigNode Value => value;

    public IServiceProvider Services => services;

    public ICollection<ConfigError> Errors => errors;

    /// <summary>The processors it may send mail to.</summary>
    public IReadOnlyList<ProcessorReference> References => _references;

    /// <summary>Whether it may also send mail to processors that only a run will tell.</summary>
    public bool LeadsAnywhere { get; set; }

    public void Refuse(string reason) => Refuse(value, reason);

    public void Refuse(ConfigNode at, string reason) => errors.Add(new ConfigError(at.Location, at.Path, reason));

    public void Refer(ConfigNode at, string processor) => _references.Add(new ProcessorReference(at.Location, at.Path, processor));

    /// <summary>A text that is not empty; null when it is none, which is then an error.</summary>
    public string? Text(string example)
    {
        if (value is ConfigNode.Scalar { Text.Length: > 0 } scalar)
            return scalar.Text;
        Refuse($"takes one value, like: {example}");
        return null;
    }

    /// <summary>One text or several; null when there is none, which is then an error.</summary>
    public IReadOnlyList<ConfigNode.Scalar>? Texts(string example)
    {
        IReadOnlyList<ConfigNode> nodes = value is ConfigNode.List list ? list.Items : [value];
        var texts = nodes.OfType<ConfigNode.Scalar>().Where(s => s.Text.Length > 0).ToArray();
        if (texts.Length == nodes.Count && texts.Length > 0)
            return texts;
        Refuse($"takes one value or a list of them, like: {example}");
        return null;
    }

    /// <summary>For mailets that need nothing but their name: <c>discard: true</c>.</summary>
    public bool IsTrue(string name)
    {
        if (value is ConfigNode.Scalar scalar && ConfigScalar.TryFlag(scalar.Text, out var flag, out _) && flag)
            return true;
        Refuse($"is written '{name}: true'; to do without it, leave the key out");
        return false;
    }

    /// <summary>Keys with texts: <c>{ X-Kind: invoice }</c>; null when there is none, which is then an error.</summary>
    public IReadOnlyList<(string Key, ConfigNode.Scalar Value)>? Pairs(string example)
    {
        var pairs = value is ConfigNode.Map map
            ? map.Entries.Where(e => e.Value is ConfigNode.Scalar).Select(e => (e.Key, (ConfigNode.Scalar)e.Value)).ToArray()
            : [];
        if (value is ConfigNode.Map { Entries.Count: > 0 } all && pairs.Length == all.Entries.Count)
            return pairs;
        Refuse($"takes names with values, like: {example}");
        return null;
    }

    public QueueName? Queue(ConfigNode.Scalar at)
    {
        if (QueueName.TryParse(at.Text, out var queue, out var reason))
            return queue;
        Refuse(at, reason);
        return null;
    }

    /// <summary>A permanent reply.</summary>
    public SmtpReply? Reply(ConfigNode.Scalar at)
    {
        if (SmtpReply.TryParse(at.Text, out var reply) && reply.IsPermanent && reply.Status is null or { Class: 5 })
            return reply;
        Refuse(at, $"'{at.Text}' is no permanent reply; write one that begins with 5, like: \"552 5.3.4 too large\"");
        return null;
    }

    /// <summary>An address that mail can be sent to.</summary>
    public bool IsAddress(ConfigNode.Scalar at)
    {
        var sign = at.Text.LastIndexOf('@');
        if (sign > 0 && sign < at.Text.Length - 1 && !at.Text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ','))
            return true;
        Refuse(at, $"'{at.Text}' is no address; write name@domain");
        return false;
    }

    /// <summary>A text with placeholders; null when one is unknown, which is then an error.</summary>
    public MailText? Template(ConfigNode.Scalar at)
    {
        if (MailText.TryParse(at.Text, out var text, out var reason))
            return text;
        Refuse(at, reason);
        return null;
    }
}
