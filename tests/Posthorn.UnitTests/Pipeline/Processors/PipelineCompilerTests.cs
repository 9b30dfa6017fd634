using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

/// <summary>What a pipeline is refused for: where, which key, why and what would be right.</summary>
public sealed class PipelineCompilerTests
{
    [Fact]
    public void The_pipeline_of_the_design_is_taken_as_written() => Faults("""
        pipeline:
          root:
            - if: size > 50MB
              bounce: "552 5.3.4 too large"
            - if: header(X-Kind) == invoice && has-attachment
              set-priority: 7
              copy-to: audit
            - if: recipient-is-local
              deliver: mailbox
            - to: transport
          transport:
            - if: sender-is-authenticated
              deliver: outgoing
            - bounce: "550 5.7.1 relaying denied"     # also: discard: true, hold: true, forward: a@b, delay: 10m, …
        """).ShouldBeEmpty();

    [Fact]
    public void Every_mailet_is_taken_in_each_of_its_forms() => Faults("""
        pipeline:
          root:
            - { if: sender-is-null, deliver: outgoing }
            - { if: sender-is-null, deliver: queue orders }
            - { if: sender-is-null, deliver: { queue: orders } }
            - { if: sender-is-null, discard: true }
            - { if: sender-is-null, hold: true }
            - { if: sender-is-null, hold: looks like fraud }
            - { if: sender-is-null, forward: a@b.test }
            - { if: sender-is-null, forward: [a@b.test, c@d.test] }
            - { if: sender-is-null, forward: { to: a@b.test, sender: c@d.test } }
            - { if: sender-is-null, to: other }
            - { if: sender-is-null, to: built-in }
            - { copy-to: audit }
            - { copy-to: [audit, more] }
            - { redirect: a@b.test }
            - { redirect: [a@b.test, c@d.test] }
            - { set-header: { X-A: one, X-B: "{sender}" } }
            - { add-header: { X-A: one } }
            - { remove-header: X-A }
            - { remove-header: [X-A, X-Spam-*] }
            - { add-footer: bye }
            - { add-footer: { text: bye, html: <p>bye</p> } }
            - { strip-attachments: { to-queue: files } }
            - { strip-attachments: { to-folder: files, name: "\\.pdf$", type: ^application/ } }
            - { set-priority: 0 }
            - { delay: 1h30m }
            - { set-attribute: { kind: "{header:X-Kind}" } }
            - { remove-attribute: kind }
            - { remove-attribute: [kind, other] }
            - { log: "{id} from {sender}, {{as is}}" }
            - { notify: { to: [postmaster, sender, a@b.test], subject: s, text: t } }
            - { http: "http://127.0.0.1:1/x" }
            - { http: { url: "https://a.test/x", timeout: 1s, on-status: { 404: continue, 403: discard, 410: hold, 4xx: { to: other }, 5xx: retry, 451: { bounce: "550 no" } } } }
            - { ignore: true, on-error: ignore }
            - { log: x, on-error: retry }
            - { log: x, on-error: other }
            - { log: x, on-error: error }
            - deliver: mailbox
          other:
            queue: true
            rules:
              - discard: true
        """).ShouldBeEmpty();

    public static TheoryData<string, string> Refused => new()
    {
        // processors
        { "root: []", "p.yaml:2:3: pipeline.root: has no rules; write a list of them, the last without 'if', like: [{ deliver: mailbox }]" },
        { "root: mailbox", "p.yaml:2:3: pipeline.root: has no rules; write a list of them, the last without 'if', like: [{ deliver: mailbox }]" },
        { "start: [{ deliver: mailbox }]", "p.yaml:2:3: pipeline: has no processor 'root', where every mail enters\np.yaml:2:3: pipeline.start: no mail ever comes to the processor 'start'; lead there with 'to: start', or remove it" },
        { "root: [{ deliver: mailbox }]\n  built-in: [{ discard: true }]", "p.yaml:3:3: pipeline.built-in: a processor cannot be named 'built-in', which means something else; choose another name" },
        { "root: [{ deliver: mailbox }]\n  \"a b\": [{ discard: true }]", "p.yaml:3:3: pipeline.a b: 'a b' cannot name a processor; write letters, digits, '-', '_' and '.', at most 100" },
        { "root: { queue: maybe, rules: [{ deliver: mailbox }] }", "p.yaml:2:18: pipeline.root.queue: 'maybe' is neither true nor false" },
        { "root: { rulez: [{ deliver: mailbox }] }", "p.yaml:2:3: pipeline.root: has no rules; write a list of them, the last without 'if', like: [{ deliver: mailbox }]\np.yaml:2:11: pipeline.root.rulez: there is no such key; did you mean 'rules'?" },
        { "root: [{ deliver: mailbox }]\n  lost: [{ discard: true }]", "p.yaml:3:3: pipeline.lost: no mail ever comes to the processor 'lost'; lead there with 'to: lost', or remove it" },
        // the end of a processor, and what comes behind it
        { "root:\n    - if: sender-is-null\n      discard: true", "p.yaml:2:3: pipeline.root: " + EndsWithoutDeciding },
        { "root:\n    - set-priority: 7", "p.yaml:2:3: pipeline.root: " + EndsWithoutDeciding },
        { "root:\n    - http: \"http://127.0.0.1:1/\"", "p.yaml:2:3: pipeline.root: " + EndsWithoutDeciding },
        { "root:\n    - deliver: mailbox\n    - discard: true", "p.yaml:4:7: pipeline.root[1]: this rule is never reached: the one before it takes every mail, and ends its way here" },
        { "root:\n    - if: all\n      deliver: mailbox\n    - discard: true", "p.yaml:5:7: pipeline.root[1]: this rule is never reached: the one before it takes every mail, and ends its way here" },
        { "root:\n    - deliver: mailbox\n      copy-to: audit", "p.yaml:4:7: pipeline.root[0].copy-to: is never reached: 'deliver' before it ends the mail's way; put 'copy-to' in front of it" },
        // where rules lead
        { "root:\n    - to: transprot\n  transport: [{ discard: true }]", "p.yaml:3:11: pipeline.root[0].to: there is no processor 'transprot'; did you mean 'transport'?\np.yaml:4:3: pipeline.transport: no mail ever comes to the processor 'transport'; lead there with 'to: transport', or remove it" },
        { "root:\n    - to: x", "p.yaml:3:11: pipeline.root[0].to: there is no processor 'x'; there are: built-in, root" },
        { "root:\n    - { log: x, on-error: broken }\n    - discard: true", "p.yaml:3:27: pipeline.root[0].on-error: there is no processor 'broken'; there are: built-in, root" },
        { "root:\n    - to: root", "p.yaml:3:11: pipeline.root[0].to: sends mail round in a circle: root -> root" },
        { "root:\n    - to: a\n  a:\n    - to: b\n  b:\n    - { if: sender-is-null, to: a }\n    - discard: true", "p.yaml:7:33: pipeline.b[0].to: sends mail round in a circle: a -> b -> a" },
        { "root:\n    - to: a\n  a:\n    queue: true\n    rules: [{ to: root }]", "p.yaml:6:19: pipeline.a.rules[0].to: sends mail round in a circle: root -> a -> root" },
        { "root:\n    - to: a\n  a:\n    - { discard: true, on-error: root }", "p.yaml:5:34: pipeline.a[0].on-error: sends mail round in a circle: root -> a -> root" },
        // rules
        { "root:\n    - mailbox", "p.yaml:3:7: pipeline.root[0]: is no rule; write what selects mail and what then happens, like: { if: size > 50MB, discard: true }\np.yaml:2:3: pipeline.root: " + EndsWithoutDeciding },
        { "root:\n    - delivr: mailbox\n    - deliver: mailbox", "p.yaml:3:7: pipeline.root[0].delivr: there is no mailet 'delivr'; did you mean 'deliver'?" },
        { "root:\n    - has-attachment: true\n      discard: true\n    - deliver: mailbox", "p.yaml:3:7: pipeline.root[0].has-attachment: 'has-attachment' is a matcher and stands behind 'if:', like: if: has-attachment" },
        { "root:\n    - { if: sze > 5MB, discard: true }\n    - deliver: mailbox", "p.yaml:3:13: pipeline.root[0].if: there is no matcher 'sze'; did you mean 'size'? (character 1 of the condition)" },
        { "root:\n    - { if: \"size > 5 MB\", discard: true }\n    - deliver: mailbox", "p.yaml:3:23: pipeline.root[0].if: 'MB' is too much here; join conditions with 'and' or 'or' (character 10 of the condition)" },
        { "root:\n    - { if: [a, b], discard: true }\n    - deliver: mailbox", "p.yaml:3:13: pipeline.root[0].if: takes a condition, like: size > 50MB and not sender-is-authenticated" },
        { "root:\n    - { log: x, on-error: { to: a } }\n    - deliver: mailbox", "p.yaml:3:27: pipeline.root[0].on-error: is written retry, ignore, or the name of a processor" },
        // values
        { "root: [{ deliver: mailboxes }]", "p.yaml:2:21: pipeline.root[0].deliver: is written deliver: mailbox, deliver: outgoing, or deliver: { queue: orders }" },
        { "root: [{ deliver: { queue: spool/outgoing } }]", "p.yaml:2:30: pipeline.root[0].deliver.queue: 'spool/outgoing' belongs to the mail path; processors are reached with 'to', other hosts with 'deliver: outgoing'" },
        { "root: [{ bounce: too large }]", "p.yaml:2:20: pipeline.root[0].bounce: 'too large' is no permanent reply; write one that begins with 5, like: \"552 5.3.4 too large\"" },
        { "root: [{ bounce: 450 4.2.1 later }]", "p.yaml:2:20: pipeline.root[0].bounce: '450 4.2.1 later' is no permanent reply; write one that begins with 5, like: \"552 5.3.4 too large\"" },
        { "root: [{ bounce: 550 4.2.1 later }]", "p.yaml:2:20: pipeline.root[0].bounce: '550 4.2.1 later' is no permanent reply; write one that begins with 5, like: \"552 5.3.4 too large\"" },
        { "root: [{ discard: false }]", "p.yaml:2:21: pipeline.root[0].discard: is written 'discard: true'; to do without it, leave the key out" },
        { "root: [{ hold: false }]", "p.yaml:2:18: pipeline.root[0].hold: is written 'hold: true'; to do without it, leave the key out" },
        { "root: [{ forward: nobody }]", "p.yaml:2:21: pipeline.root[0].forward: 'nobody' is no address; write name@domain" },
        { "root: [{ forward: { sender: a@b.test } }]", "p.yaml:2:21: pipeline.root[0].forward: names no address; write: forward: { to: a@b.example, sender: c@d.example }" },
        { "root: [{ redirect: [a@b.test, x], deliver: mailbox }]", "p.yaml:2:33: pipeline.root[0].redirect[1]: 'x' is no address; write name@domain" },
        { "root: [{ copy-to: { queue: x }, deliver: mailbox }]", "p.yaml:2:21: pipeline.root[0].copy-to: takes one value or a list of them, like: copy-to: audit" },
        { "root: [{ set-priority: high, deliver: mailbox }]", "p.yaml:2:26: pipeline.root[0].set-priority: 'high' is no priority; write a number from 0 (lowest) to 9 (highest)" },
        { "root: [{ set-priority: 10, deliver: mailbox }]", "p.yaml:2:26: pipeline.root[0].set-priority: '10' is no priority; write a number from 0 (lowest) to 9 (highest)" },
        { "root: [{ delay: 10, deliver: mailbox }]", "p.yaml:2:19: pipeline.root[0].delay: '10' is no duration; write numbers with ms, s, m, h, d or w, like 90s, 2m, 1h30m or 14d" },
        { "root: [{ set-header: { \"X Y\": a }, deliver: mailbox }]", "p.yaml:2:33: pipeline.root[0].set-header.X Y: 'X Y' cannot name a header field: 1 to 77 printable ASCII characters without colon" },
        { "root: [{ set-header: { X: \"a\\r\\nB: c\" }, deliver: mailbox }]", "p.yaml:2:29: pipeline.root[0].set-header.X: a header field's value has no line ends" },
        { "root: [{ set-header: { X: \"{sendr}\" }, deliver: mailbox }]", "p.yaml:2:29: pipeline.root[0].set-header.X: there is no placeholder '{sendr}'; did you mean '{sender}'?" },
        { "root: [{ set-header: { X: \"a}\" }, deliver: mailbox }]", "p.yaml:2:29: pipeline.root[0].set-header.X: the '}' at character 2 belongs to no placeholder; write it twice to mean itself" },
        { "root: [{ set-attribute: { mail.account: admin }, deliver: mailbox }]", "p.yaml:2:43: pipeline.root[0].set-attribute.mail.account: attributes that begin with 'mail.' are the server's own" },
        { "root: [{ notify: { to: x, subject: s, text: t }, deliver: mailbox }]", "p.yaml:2:26: pipeline.root[0].notify.to: 'x' is no address; write name@domain" },
        { "root: [{ strip-attachments: { to-queue: a, to-folder: b }, deliver: mailbox }]", "p.yaml:2:31: pipeline.root[0].strip-attachments: takes one of to-queue and to-folder, like: strip-attachments: { to-queue: attachments, name: \"\\\\.pdf$\" }" },
        { "root: [{ strip-attachments: { to-queue: a, name: \"(\" }, deliver: mailbox }]", "p.yaml:2:52: pipeline.root[0].strip-attachments.name: '(' is no regular expression: Invalid pattern '(' at offset 1. Not enough )'s." },
        { "root: [{ http: ftp://a.test/, deliver: mailbox }]", "p.yaml:2:18: pipeline.root[0].http: 'ftp://a.test/' is no URL; write one that begins with http:// or https://" },
        { "root: [{ http: { url: \"http://a.test/\", timeout: 10m }, deliver: mailbox }]", "p.yaml:2:52: pipeline.root[0].http.timeout: 10m is out of bounds; from 1ms to 100s" },
        { "root: [{ http: { url: \"http://a.test/\", on-status: { 200: retry } }, deliver: mailbox }]", "p.yaml:2:61: pipeline.root[0].http.on-status.200: '200' is no status; write one like 404, or 4xx for a hundred of them" },
        { "root: [{ http: { url: \"http://a.test/\", on-status: { 404: { to: nowhere } } }, deliver: mailbox }]", "p.yaml:2:67: pipeline.root[0].http.on-status.404.to: there is no processor 'nowhere'; there are: built-in, root" },
        { "root: [{ dkim-sign: { domain: a.test, selector: s, key: /nowhere/key.pem }, deliver: mailbox }]", "p.yaml:2:59: pipeline.root[0].dkim-sign.key: the file cannot be read: Could not find a part of the path '/nowhere/key.pem'." },
    };

    private const string EndsWithoutDeciding =
        "ends without deciding: mail that none of its rules takes would be left over. End it with a rule that has no 'if' and decides (to, deliver, bounce, discard, hold or forward), like: - deliver: mailbox";

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_meant_is_refused_with_its_place_and_a_remedy(string pipeline, string expected) =>
        Faults($"pipeline:\n  {pipeline}\n").Order(StringComparer.Ordinal).ShouldBe(expected.Split('\n').Order(StringComparer.Ordinal));

    [Fact]
    public void All_faults_are_told_at_once_in_the_order_of_their_places()
    {
        var faults = Faults("""
            pipeline:
              root:
                - { if: sze > 1, bounce: no }
                - { delay: x, deliver: y }
                - to: z
            """);

        faults.Select(f => f[.."p.yaml:0:00".Length].TrimEnd(':')).ShouldBe(["p.yaml:3:13", "p.yaml:3:30", "p.yaml:4:16", "p.yaml:4:28", "p.yaml:5:11"]);
    }

    [Fact]
    public void A_mailet_of_ones_own_refuses_its_value_at_its_place()
    {
        var world = new PipelineWorld().With("tag", _ => { });
        world.Faults("pipeline:\n  root: [{ tag: x, deliver: mailbox }]").ShouldBeEmpty();
        world.Faults("pipeline:\n  root: [{ tagg: x, deliver: mailbox }]").ShouldBe(["p.yaml:2:12: pipeline.root[0].tagg: there is no mailet 'tagg'; did you mean 'tag'?"]);
    }

    [Fact]
    public void Two_of_one_name_are_refused()
    {
        Should.Throw<ArgumentException>(() => new PipelineWorld().With("deliver", _ => { }).WithoutPipeline()).Message.ShouldContain("'deliver'");
        Should.Throw<ArgumentException>(() => new PipelineWorld().With("if", _ => { }).WithoutPipeline()).Message.ShouldContain("'if'");
        Should.Throw<ArgumentException>(() => new PipelineWorld().WithMatcher("size", (_, _) => []).WithoutPipeline()).Message.ShouldContain("'size'");
    }

    private static string[] Faults(string pipeline) => new PipelineWorld().Faults(pipeline);
}
