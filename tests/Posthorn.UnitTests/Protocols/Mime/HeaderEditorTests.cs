using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.Protocols.Mime;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Mime;

public sealed class HeaderEditorTests
{
    private static string Edit(string header, Action<HeaderEditor> edit)
    {
        var editor = new HeaderEditor(HeaderBlock.Parse(Encoding.Latin1.GetBytes(header)));
        edit(editor);
        return Encoding.Latin1.GetString(editor.ToBytes().Span);
    }

    [Fact]
    public void What_is_not_touched_stays_byte_for_byte()
    {
        Edit("a:  odd \r\n\tfolding\r\nSubject: x\r\nB:y\r\n\r\n", e => e.Set("Subject", "new")).ShouldBe("a:  odd \r\n\tfolding\r\nSubject: new\r\nB:y\r\n\r\n");
    }

    [Theory]
    [MemberData(nameof(Corpus.All), MemberType = typeof(Corpus))]
    public void A_field_added_in_front_leaves_the_rest_of_a_real_mail_as_it_was(string name)
    {
        var bytes = Corpus.Read(name);
        var header = HeaderBlock.Parse(bytes);
        var original = Encoding.Latin1.GetString(header.Bytes.Span[header.PrologueLength..]);

        var edited = new HeaderEditor(header).Add("X-New", "1", inFront: true).ToBytes();

        var lineEnd = header.Bytes.Span.Contains((byte)'\r') ? "\r\n" : header.Length > 0 ? "\n" : "\r\n";
        var expected = $"X-New: 1{lineEnd}{original}{(header.EndsWithBlankLine ? "" : lineEnd)}";
        Encoding.Latin1.GetString(edited.Span[header.PrologueLength..]).ShouldBe(expected);
        new HeaderEditor(header).ToBytes().ToArray().ShouldBe(header.Bytes.ToArray());
    }

    [Fact]
    public void Setting_replaces_the_first_and_removes_the_others()
    {
        Edit("A: 1\r\nB: 2\r\na: 3\r\n\r\n", e => e.Set("a", "4")).ShouldBe("a: 4\r\nB: 2\r\n\r\n");
        Edit("B: 2\r\n\r\n", e => e.Set("A", "4")).ShouldBe("B: 2\r\nA: 4\r\n\r\n");
    }

    [Fact]
    public void Fields_are_removed_by_name_or_by_what_they_hold()
    {
        Edit("A: 1\r\nB: 2\r\na: 3\r\n\r\n", e => e.Remove("A").ShouldBe(2)).ShouldBe("B: 2\r\n\r\n");
        Edit("A: 1\r\nA: 2\r\n\r\n", e => e.Remove(f => f.Value == "1").ShouldBe(1)).ShouldBe("A: 2\r\n\r\n");
    }

    [Theory]
    [InlineData("", "A: b\r\n\r\n")] // a mail without header: the body needs the blank line
    [InlineData("X: y", "X: y\r\nA: b\r\n\r\n")]
    [InlineData("X: y\n", "X: y\nA: b\n\n")]
    [InlineData("X: y\n\n", "X: y\nA: b\n\n")]
    [InlineData("\r\n", "A: b\r\n\r\n")]
    public void A_header_without_its_blank_line_gets_one_when_it_is_changed(string header, string expected)
    {
        Edit(header, e => e.Add("A", "b", inFront: false)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("A", "one\r\nBcc: victim@example.test")]
    [InlineData("A", "one\nBcc: victim@example.test")]
    [InlineData("A", "one\rtwo")]
    [InlineData("A", "nul\0")]
    [InlineData("A\r\nB", "x")]
    [InlineData("A:B", "x")]
    [InlineData("A B", "x")]
    [InlineData("", "x")]
    [InlineData("\u00c4", "x")]
    public void An_injection_is_refused(string name, string text)
    {
        var editor = new HeaderEditor(HeaderBlock.Empty);

        Should.Throw<ArgumentException>(() => editor.Set(name, text));
        Should.Throw<ArgumentException>(() => editor.Add(name, text, inFront: true));
        Should.Throw<ArgumentException>(() => HeaderField.CreateRaw(name, text));
        editor.IsChanged.ShouldBeFalse();
    }

    [Fact]
    public void Long_text_is_folded_where_it_has_spaces()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 60));

        var field = Encoding.ASCII.GetString(HeaderField.Create("Subject", text).Raw.Span);

        field.Split("\r\n")[..^1].ShouldAllBe(line => line.Length <= 78);
        HeaderField.Create("Subject", text).Value.ShouldBe(text);
    }

    [Fact]
    public void A_word_longer_than_a_line_is_encoded_so_that_it_can_be_folded()
    {
        var field = HeaderField.Create("X-Token", new string('x', 3000));

        Encoding.ASCII.GetString(field.Raw.Span).Split("\r\n").ShouldAllBe(line => line.Length <= 78);
        field.Text.ShouldBe(new string('x', 3000));
        Should.Throw<ArgumentException>(() => HeaderField.CreateRaw("X-Token", new string('x', 3000)));
    }

    [Fact]
    public void Names_of_addresses_are_encoded_and_the_addresses_stay()
    {
        var field = HeaderField.Create("To", "J\u00fcrgen M\u00fcller <j@example.test>, \"Doe, Jane\" <d@example.test>, plain@example.test");

        var value = field.Value;
        value.ShouldContain("<j@example.test>, \"Doe, Jane\" <d@example.test>, plain@example.test");
        value.ShouldNotContain("\u00fc");
        AddressList.Parse(value).Select(a => a.DisplayName).ShouldBe(["J\u00fcrgen M\u00fcller", "Doe, Jane", null]);
    }

    [Fact]
    public void Only_what_must_be_encoded_is()
    {
        HeaderField.Create("Subject", "Your order of K\u00e4se today").Value.ShouldBe("Your order of =?utf-8?q?K=C3=A4se?= today");
        HeaderField.Create("Subject", "literal =?utf-8?q?x?= text").Text.ShouldBe("literal =?utf-8?q?x?= text");
        HeaderField.Create("Subject", "").Raw.ToArray().ShouldBe("Subject:\r\n"u8.ToArray());
    }

    [Fact]
    public void Any_text_comes_back_as_it_was_given()
    {
        var character = Gen.OneOf(
            Gen.Choose(32, 126), Gen.Constant(' ' + 0), Gen.Constant(9), Gen.Choose(0xA0, 0x24F), Gen.Choose(0x4E00, 0x4E80), Gen.Choose(0x1F600, 0x1F640));
        var texts = Gen.Sized(size => Gen.Choose(0, size * 8).SelectMany(n => character.ListOf(n)))
            .Select(runes => string.Concat(runes.Select(char.ConvertFromUtf32)).Trim(' ', '\t'));

        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var field = HeaderField.Create("X-Property", text);
            var lines = Encoding.UTF8.GetString(field.Raw.Span).Split("\r\n");
            return field.Text == text && lines[^1] == "" && lines.All(line => line.Length <= 998)
                && lines[..^1].All(line => line.Trim().Length > 0) && HeaderBlock.Parse(field.Raw).Fields.Count == 1;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }
}
