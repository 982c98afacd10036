"""Operations of the service indicators (pakalpojumu izmantošanas rādītāji)."""
