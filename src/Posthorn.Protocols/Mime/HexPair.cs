namespace Posthorn.Protocols.Mime;

/// <summary>Two hexadecimal digits, either case.</summary>
internal static class HexPair
{
    /// <summary>Reads the two digits at the start of <paramref name="digits"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> digits, out byte value)
    {
        value = 0;
        if (digits.Length < 2)
            return false;
        int high = Digit(digits[0]), low = Digit(digits[1]);
        value = (byte)((high << 4) | low);
        return (high | low) >= 0;
    }

    private static int Digit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        _ => -1,
    };
}
