namespace Posthorn.Simulation.Audit;

/// <summary>Reads streams with plain awaits: the framework's own loops leave the simulator's thread.</summary>
internal static class ContentReading
{
    /// <summary>Fills the target, or as much of it as there is.</summary>
    public static async Task<int> FillAsync(Stream content, Memory<byte> target)
    {
        var total = 0;
        while (total < target.Length)
        {
            var count = await content.ReadAsync(target[total..]);
            if (count == 0)
                break;
            total += count;
        }
        return total;
    }
}
