using System.Text;
using Posthorn.Protocols.Sqs;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Sqs;

public sealed class SqsTextTests
{
    [Fact]
    public void A_text_may_have_the_characters_that_XML_knows_and_no_others()
    {
        for (var c = 0; c <= 0x10FFFF; c++)
        {
            if (c is >= 0xD800 and <= 0xDFFF)
                continue;
            var isAllowed = c is 0x9 or 0xA or 0xD or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or >= 0x10000;
            if (SqsText.IsAllowed(Encoding.UTF8.GetBytes($"a{new Rune(c)}b")) != isAllowed)
                throw new InvalidOperationException($"U+{c:X4}: allowed is {!isAllowed}.");
        }
        SqsText.IsAllowed([0xff]).ShouldBeFalse();
        SqsText.IsAllowed("\uFFFD\uFFFD\uFFFF"u8).ShouldBeFalse();
        SqsText.IsAllowed([0xEF, 0xBF]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("-42", true)]
    [InlineData("+4.5", true)]
    [InlineData(".5", true)]
    [InlineData("1e10", true)]
    [InlineData("1E-126", true)]
    [InlineData("12345678901234567890123456789012345678", true)]
    [InlineData("123456789012345678901234567890123456789", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("-", false)]
    [InlineData("1e", false)]
    [InlineData("1.2.3", false)]
    [InlineData("0x10", false)]
    [InlineData(" 1", false)]
    [InlineData("NaN", false)]
    public void A_number_is_a_decimal_of_38_digits(string text, bool isOne) => SqsText.IsNumber(Encoding.UTF8.GetBytes(text)).ShouldBe(isOne);
}
