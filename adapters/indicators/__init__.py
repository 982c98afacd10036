"""The yearly workbook of indicators (gada rādītāju darbgrāmata): words, meanings of codes, sheets."""
