using System.Security.Cryptography;
using System.Text;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Compiles one processor: <c>name: [rules]</c>, or <c>name: { queue: true, rules: [rules] }</c>.</summary>
internal sealed class ProcessorCompiler(MatcherCatalog matchers, MailetCatalog mailets, IServiceProvider services, ICollection<ConfigError> errors)
{
    private readonly ConditionBinder _conditions = new(matchers, services);

    public ProcessorSource Compile(string name, ConfigLocation location, ConfigNode node)
    {
        var isQueued = false;
        var rulesNode = node;
        if (node is ConfigNode.Map)
        {
            var reader = ConfigReader.Open(node, errors);
            isQueued = reader.Flag("queue", false);
            rulesNode = reader.Node("rules");
            reader.Close();
        }

        var references = new List<ProcessorReference>();
        var rules = new List<Rule>();
        var (isDecided, takesAll, leadsAnywhere) = (false, false, false);
        if (rulesNode is ConfigNode.List { Items.Count: > 0 } list)
        {
            foreach (var item in list.Items)
            {
                if (takesAll)
                    errors.Add(new ConfigError(item.Location, item.Path, "this rule is never reached: the one before it takes every mail, and ends its way here"));
                var before = errors.Count;
                var rule = CompileRule(name, rules.Count, item, references, out var ends, ref leadsAnywhere);
                rules.Add(rule);
                isDecided = ends && rule.Condition is null;
                takesAll = isDecided && errors.Count == before; // a rule that is wrong may have been meant otherwise
            }
        }

        // An empty processor, or one whose last rule lets mail through, would leave mail without an end: refused here, so that it need not be guessed later.
        if (!isDecided)
        {
            errors.Add(new ConfigError(location, node.Path, rules.Count == 0
                ? "has no rules; write a list of them, the last without 'if', like: [{ deliver: mailbox }]"
                : "ends without deciding: mail that none of its rules takes would be left over. End it with a rule that has no 'if' and decides (to, deliver, bounce, discard, hold or forward), like: - deliver: mailbox"));
        }

        return new ProcessorSource(new Processor(name, isQueued, rules, Fingerprint(node)), location, references, leadsAnywhere);
    }

    private Rule CompileRule(string processor, int index, ConfigNode node, List<ProcessorReference> references, out bool ends, ref bool leadsAnywhere)
    {
        // "pipeline.root[2]" for what is written, "built-in[2]" for what is not.
        var place = processor == Processor.BuiltIn ? $"{processor}[{index}]" : $"pipeline.{processor}[{index}]";
        var compiled = new List<RuleMailet>();
        Condition? condition = null;
        var onError = OnError.Retry;
        ends = false;
        if (node is not ConfigNode.Map map)
        {
            errors.Add(new ConfigError(node.Location, node.Path, "is no rule; write what selects mail and what then happens, like: { if: size > 50MB, discard: true }"));
            return new Rule(place, processor, index, null, compiled, onError);
        }

        string? ending = null;
        foreach (var entry in map.Entries)
        {
            if (entry.Key == RuleKeys.If)
                condition = CompileCondition(entry);
            else if (entry.Key == RuleKeys.OnError)
                onError = CompileOnError(entry, references);
            else if (mailets[entry.Key] is not { } definition)
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, UnknownKey(entry.Key)));
            else if (ending is not null)
                errors.Add(new ConfigError(entry.Location, entry.Value.Path, $"is never reached: '{ending}' before it ends the mail's way; put '{entry.Key}' in front of it"));
            else
            {
                var binding = new MailetBinding(entry.Value, services, errors);
                if (definition.Create(binding) is { } mailet)
                    compiled.Add(new RuleMailet(mailet, $"{place} {Shown(entry)}"));
                ending = definition.Ends ? entry.Key : null;
                references.AddRange(binding.References);
                leadsAnywhere |= binding.LeadsAnywhere;
            }
        }

        if (!map.Entries.Any(e => !RuleKeys.All.Contains(e.Key)))
            errors.Add(new ConfigError(map.Location, map.Path, $"does nothing: name what happens, like 'deliver: mailbox'; there are: {string.Join(", ", mailets.Names.Order(StringComparer.Ordinal))}"));
        ends = ending is not null;
        return new Rule(place, processor, index, condition, compiled, onError);
    }

    private Condition? CompileCondition(ConfigEntry entry)
    {
        if (entry.Value is not ConfigNode.Scalar scalar)
        {
            errors.Add(new ConfigError(entry.Value.Location, entry.Value.Path, "takes a condition, like: size > 50MB and not sender-is-authenticated"));
            return s_never;
        }

        try
        {
            // "if: all" selects as no "if" does, and lets a processor end as well.
            return scalar.Text.Trim() == "all" ? null : _conditions.Compile(scalar.Text);
        }
        catch (ExpressionException e)
        {
            errors.Add(new ConfigError(Within(scalar, e.Position), scalar.Path, $"{e.Message} (character {e.Position + 1} of the condition)"));
            return s_never;
        }
    }

    // Only in a pipeline that is refused: it keeps one fault from causing others.
    private static readonly Condition s_never = new Test(isPerRecipient: false, (_, _) => Truth.False);

    // Exact for a condition on one line; one that YAML folds from several begins at its first.
    private static ConfigLocation Within(ConfigNode.Scalar scalar, int position) =>
        scalar.Location.Line == 0 ? scalar.Location : scalar.Location with { Column = scalar.Location.Column + position + (scalar.IsQuoted ? 1 : 0) };

    private OnError CompileOnError(ConfigEntry entry, List<ProcessorReference> references)
    {
        switch (entry.Value)
        {
            case ConfigNode.Scalar { Text: "retry" }:
                return OnError.Retry;
            case ConfigNode.Scalar { Text: "ignore" }:
                return OnError.Ignore;
            case ConfigNode.Scalar { Text: Processor.Error } scalar:
                references.Add(new ProcessorReference(scalar.Location, scalar.Path, Processor.Error) { IsOptional = true });
                return new OnError.To(Processor.Error);
            case ConfigNode.Scalar { Text.Length: > 0 } scalar:
                references.Add(new ProcessorReference(scalar.Location, scalar.Path, scalar.Text));
                return new OnError.To(scalar.Text);
            default:
                errors.Add(new ConfigError(entry.Value.Location, entry.Value.Path, "is written retry, ignore, or the name of a processor"));
                return OnError.Retry;
        }
    }

    private string UnknownKey(string key)
    {
        if (matchers.TryGet(key, out _))
            return $"'{key}' is a matcher and stands behind 'if:', like: if: {key}";
        return Spelling.Nearest(key, mailets.Names.Concat(RuleKeys.All)) is { } near
            ? $"there is no mailet '{key}'; did you mean '{near}'?"
            : $"there is no mailet '{key}'; there are: {string.Join(", ", mailets.Names.Order(StringComparer.Ordinal))}";
    }

    private static string Shown(ConfigEntry entry) => entry.Value switch
    {
        ConfigNode.Scalar { Text: "true" } => entry.Key,
        ConfigNode.Scalar scalar => $"{entry.Key}: {scalar.Text}",
        ConfigNode.Map { Entries: [{ Value: ConfigNode.Scalar only } one] } => $"{entry.Key}: {one.Key} {only.Text}",
        _ => entry.Key,
    };

    private static string Fingerprint(ConfigNode node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 4));
    }

    private static void Write(StringBuilder text, ConfigNode node)
    {
        switch (node)
        {
            case ConfigNode.Scalar scalar:
                text.Append('"').Append(scalar.Text).Append('"');
                break;
            case ConfigNode.List list:
                text.Append('[');
                foreach (var item in list.Items)
                    Write(text, item);
                text.Append(']');
                break;
            case ConfigNode.Map map:
                text.Append('{');
                foreach (var entry in map.Entries)
                {
                    text.Append(entry.Key).Append(':');
                    Write(text, entry.Value);
                }

                text.Append('}');
                break;
        }
    }
}
