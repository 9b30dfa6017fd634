using FsCheck;
using FsCheck.Fluent;
using Posthorn.Protocols.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp;

public sealed class XtextTests
{
    [Theory]
    [InlineData("QQ314159", "QQ314159")]
    [InlineData("a+b=c d", "a+2Bb+3Dc+20d")]
    [InlineData("", "")]
    [InlineData("\u00fc", "+C3+BC")]
    public void Text_is_encoded_and_decoded(string text, string encoded)
    {
        Xtext.Encode(text).ShouldBe(encoded);
        Xtext.TryDecode(encoded, out var decoded).ShouldBeTrue();
        decoded.ShouldBe(text);
    }

    [Theory]
    [InlineData("+2b", "+")]
    [InlineData("gr\u00fc\u00dfe\U0001F600", "gr\u00fc\u00dfe\U0001F600")]
    public void Lower_case_digits_and_UTF8_are_taken(string encoded, string text)
    {
        Xtext.TryDecode(encoded, out var decoded).ShouldBeTrue();
        decoded.ShouldBe(text);
    }

    [Theory]
    [InlineData("a=b")]
    [InlineData("a b")]
    [InlineData("a+")]
    [InlineData("a+2")]
    [InlineData("a+2G")]
    [InlineData("a\tb")]
    [InlineData("a\r\n")]
    [InlineData("+C3")]
    public void What_is_no_xtext_is_refused(string encoded) => Xtext.TryDecode(encoded, out _).ShouldBeFalse();

    [Fact]
    public void Any_text_comes_back_as_it_was_given() =>
        Prop.ForAll(Texts().ToArbitrary(), text =>
            Xtext.TryDecode(Xtext.Encode(text), out var decoded) && decoded == text
            && Utf8Address.TryDecode(Utf8Address.EncodeXtext(text), out var address) && address == text
            && Utf8Address.TryDecode(Utf8Address.EncodeUnitext(text), out var unitext) && unitext == text
            && Utf8Address.EncodeXtext(text).All(c => c is > ' ' and < '\x7f')).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    // RFC 6533 3
    [Theory]
    [InlineData("b\u00fccher+x@example.test", "b\\x{FC}cher\\x{2B}x@example.test", "b\u00fccher\\x{2B}x@example.test")]
    public void Addresses_of_type_utf8_are_escaped(string address, string xtext, string unitext)
    {
        Utf8Address.EncodeXtext(address).ShouldBe(xtext);
        Utf8Address.EncodeUnitext(address).ShouldBe(unitext);
    }

    [Theory]
    [InlineData("\\")]
    [InlineData("\\x{}")]
    [InlineData("\\x{110000}")]
    [InlineData("\\x{D800}")]
    [InlineData("\\x{41")]
    [InlineData("\\x41}")]
    public void What_is_no_escape_is_refused(string encoded) => Utf8Address.TryDecode(encoded, out _).ShouldBeFalse();

    private static Gen<string> Texts() =>
        Gen.OneOf(Gen.Choose(0, 127), Gen.Choose(0xA0, 0x2FF), Gen.Choose(0x1F600, 0x1F640)).ListOf().Select(runes => string.Concat(runes.Select(char.ConvertFromUtf32)));
}
